// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>

// Which lock guards what, checked by clang's -Wthread-safety and invisible to other compilers.
// Source: Clang's Thread Safety Analysis documentation.
#if defined(__clang__)
#define INFRA_ANNOTATION(x) __attribute__((x))
#else
#define INFRA_ANNOTATION(x)
#endif

#define INFRA_CAPABILITY(name) INFRA_ANNOTATION(capability(name))
#define INFRA_SCOPED_CAPABILITY INFRA_ANNOTATION(scoped_lockable)
#define INFRA_GUARDED_BY(mutex) INFRA_ANNOTATION(guarded_by(mutex))
#define INFRA_REQUIRES(...) INFRA_ANNOTATION(requires_capability(__VA_ARGS__))
#define INFRA_EXCLUDES(...) INFRA_ANNOTATION(locks_excluded(__VA_ARGS__))
#define INFRA_ACQUIRE(...) INFRA_ANNOTATION(acquire_capability(__VA_ARGS__))
#define INFRA_RELEASE(...) INFRA_ANNOTATION(release_capability(__VA_ARGS__))
#define INFRA_TRY_ACQUIRE(...) INFRA_ANNOTATION(try_acquire_capability(__VA_ARGS__))
#define INFRA_ASSERT_CAPABILITY(mutex) INFRA_ANNOTATION(assert_capability(mutex))
#define INFRA_NO_THREAD_SAFETY_ANALYSIS INFRA_ANNOTATION(no_thread_safety_analysis)

namespace Infra::Detail {

// std::mutex that the analysis can follow.
class INFRA_CAPABILITY("mutex") Mutex
{
public:
    void lock() INFRA_ACQUIRE() { m_mutex.lock(); }
    void unlock() INFRA_RELEASE() { m_mutex.unlock(); }
    bool try_lock() INFRA_TRY_ACQUIRE(true) { return m_mutex.try_lock(); }
    // For Clock::waitUntil; the analysis cannot see through std::unique_lock.
    std::mutex &native() { return m_mutex; }
    // Inside a condition's predicate: the wait holds the lock there.
    void assertHeld() INFRA_ASSERT_CAPABILITY(this) {}

private:
    std::mutex m_mutex;
};

// For the constructor of MutexLocker: tries for some hundred nanoseconds before it sleeps. For a lock that is held
// for less than that and wanted by many at once: once a thread sleeps on a mutex, every unlock is a system call.
struct SpinFirst
{};

// Holds a Mutex for a scope; unlock()/lock() in between; unique() is for Clock::waitUntil.
class INFRA_SCOPED_CAPABILITY MutexLocker
{
public:
    explicit MutexLocker(Mutex &mutex) INFRA_ACQUIRE(mutex) : m_lock(mutex.native()) {}
    MutexLocker(Mutex &mutex, SpinFirst) INFRA_ACQUIRE(mutex) : m_lock(mutex.native(), std::try_to_lock)
    {
        for (int i = 0; i < 50 && !m_lock.owns_lock(); ++i) {
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
            static_cast<void>(m_lock.try_lock());
        }
        if (!m_lock.owns_lock())
            m_lock.lock();
    }
    ~MutexLocker() INFRA_RELEASE() = default;
    MutexLocker(const MutexLocker &) = delete;
    MutexLocker &operator=(const MutexLocker &) = delete;

    void unlock() INFRA_RELEASE() { m_lock.unlock(); }
    void lock() INFRA_ACQUIRE() { m_lock.lock(); }
    std::unique_lock<std::mutex> &unique() { return m_lock; }

private:
    std::unique_lock<std::mutex> m_lock;
};

} // namespace Infra::Detail
