/*
 * sched_yield() for guests whose clock stands still while a program computes, preloaded into every program of theirs.
 *
 * Linux gives the processor to the task that ran least. Where nothing takes time, all ran equally long, and a thread that yields
 * until another one is done (libuv's uv__async_close) may get the processor back for ever. A sleep moves the clock.
 */
#include <errno.h>
#include <time.h>

int sched_yield(void) {
  int before = errno;
  struct timespec shortest = {0, 1};
  nanosleep(&shortest, 0);
  errno = before;
  return 0;
}
