//! argon2 jumps about in its 19 MiB: in pages of 2 MiB a fifth more sign-ins a second.

/// For memory that is allocated and not yet written.
#[cfg(target_os = "linux")]
pub fn ask<T>(memory: &Vec<T>) {
    const PAGE: usize = 4096;
    let start = (memory.as_ptr() as usize).next_multiple_of(PAGE);
    let end = memory.as_ptr() as usize + memory.capacity() * size_of::<T>();
    if start < end {
        // SAFETY: the range lies within the allocation, and this advice changes no content. Refused, nothing is lost.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
pub fn ask<T>(_memory: &Vec<T>) {}
