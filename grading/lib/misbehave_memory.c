/*
 * misbehave_memory.c - mappings that are refused, and who is killed with a lock in its hand.
 */
#include "misbehave.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef void *mmap_function(void *, size_t, int, int, int, off_t);
typedef int mutex_function(pthread_mutex_t *);
typedef int timedlock_function(pthread_mutex_t *, const struct timespec *);
typedef int spin_function(pthread_spinlock_t *);
typedef int semaphore_function(sem_t *);

EXPORT void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    REAL(mmap, mmap_function);
    return fails(MMAP) ? MAP_FAILED
                       : real_mmap.function(address, size, protection, flags, fd, offset);
}

// What mmap() is called with _FILE_OFFSET_BITS=64.
EXPORT void *mmap64(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    return mmap(address, size, protection, flags, fd, offset);
}

// --- Locks -----------------------------------------------------------------------------------------

static void may_be_killed(enum call call)
{
    const struct fault *fault = is_first_process() ? NULL : meet(call);
    if (fault != NULL && fault->effect == KILL)
        kill(getpid(), SIGKILL);
}

// To be called with what a lock returned. Returns the same.
static int has_lock(int result)
{
    if (result == 0 || result == EOWNERDEAD)
        may_be_killed(LOCK);
    return result;
}

EXPORT int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    REAL(pthread_mutex_lock, mutex_function);
    return has_lock(real_pthread_mutex_lock.function(mutex));
}

EXPORT int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    REAL(pthread_mutex_trylock, mutex_function);
    return has_lock(real_pthread_mutex_trylock.function(mutex));
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *limit)
{
    REAL(pthread_mutex_timedlock, timedlock_function);
    return has_lock(real_pthread_mutex_timedlock.function(mutex, limit));
}

EXPORT int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    REAL(pthread_mutex_unlock, mutex_function);
    may_be_killed(UNLOCK);
    return real_pthread_mutex_unlock.function(mutex);
}

EXPORT int pthread_spin_lock(pthread_spinlock_t *lock)
{
    REAL(pthread_spin_lock, spin_function);
    return has_lock(real_pthread_spin_lock.function(lock));
}

EXPORT int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    REAL(pthread_spin_unlock, spin_function);
    may_be_killed(UNLOCK);
    return real_pthread_spin_unlock.function(lock);
}

EXPORT int sem_wait(sem_t *semaphore)
{
    REAL(sem_wait, semaphore_function);
    return has_lock(real_sem_wait.function(semaphore));
}

EXPORT int sem_trywait(sem_t *semaphore)
{
    REAL(sem_trywait, semaphore_function);
    return has_lock(real_sem_trywait.function(semaphore));
}

EXPORT int sem_post(sem_t *semaphore)
{
    REAL(sem_post, semaphore_function);
    may_be_killed(UNLOCK);
    return real_sem_post.function(semaphore);
}
