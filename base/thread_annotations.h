// Clang's thread-safety attributes: which mutex guards what, checked at compile time by the
// thread-safety preset; nothing under other compilers.
#pragma once

#if defined(__clang__)
#define ODRADEK_ATTRIBUTE(x) __attribute__((x))
#else
#define ODRADEK_ATTRIBUTE(x)
#endif

#define CAPABILITY(x) ODRADEK_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY ODRADEK_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(x) ODRADEK_ATTRIBUTE(guarded_by(x))
#define PT_GUARDED_BY(x) ODRADEK_ATTRIBUTE(pt_guarded_by(x))
#define REQUIRES(...) ODRADEK_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) ODRADEK_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) ODRADEK_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) ODRADEK_ATTRIBUTE(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) ODRADEK_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define ASSERT_CAPABILITY(x) ODRADEK_ATTRIBUTE(assert_capability(x))
#define RETURN_CAPABILITY(x) ODRADEK_ATTRIBUTE(lock_returned(x))
#define NO_THREAD_SAFETY_ANALYSIS ODRADEK_ATTRIBUTE(no_thread_safety_analysis)
