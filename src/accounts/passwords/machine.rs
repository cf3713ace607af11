//! What the system can do for hashing, where it is Linux.
#![allow(unsafe_code, reason = "crates that wrap these calls take bytes, and argon2 wants blocks")]

/// argon2 jumps about in its 19 MiB: in pages of 2 MiB a fifth more sign-ins a second. For memory that is allocated and not yet
/// written.
#[cfg(target_os = "linux")]
pub fn ask_for_huge_pages<T>(memory: &Vec<T>) {
    const PAGE: usize = 4096;
    let start = (memory.as_ptr() as usize).next_multiple_of(PAGE);
    let end = memory.as_ptr() as usize + memory.capacity() * size_of::<T>();
    if start < end {
        // SAFETY: the range lies within the allocation, and this advice changes no content. Refused, nothing is lost.
        unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
    }
}

/// Niced, so that pages run first: in a flood of sign-ins their p99 falls from 12 to 9 ms. By no more than 5, so that a flood of
/// pages leaves a quarter of a core to sign-ins.
#[cfg(target_os = "linux")]
pub fn step_back() {
    // SAFETY: changes nothing but the order in which threads run. On Linux 0 is the calling thread.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 5) };
}

#[cfg(not(target_os = "linux"))]
pub fn ask_for_huge_pages<T>(_memory: &Vec<T>) {}

#[cfg(not(target_os = "linux"))]
pub fn step_back() {}
