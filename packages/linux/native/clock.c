/* The wall clock as something to discipline, and datagrams stamped with it as close to the wire as the kernel allows. */
#include "addon.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <time.h>

static double milliseconds(const struct timespec *time) {
  return (double)time->tv_sec * 1e3 + (double)time->tv_nsec / 1e6;
}

/*
 * clockReadings(readings): milliseconds on CLOCK_REALTIME, CLOCK_MONOTONIC_RAW and CLOCK_BOOTTIME into a Float64Array(3),
 * of one moment: the wall clock is read between two readings of the raw one, again if something came between.
 */
static napi_value clock_readings(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 0);
  if (bytes.length < 3 * sizeof(double)) return make_int(env, -EINVAL);
  double *readings = (double *)bytes.data;
  double narrowest = 0;
  for (int i = 0; i < 4; i++) {
    struct timespec before, wall, after;
    clock_gettime(CLOCK_MONOTONIC_RAW, &before);
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC_RAW, &after);
    double width = milliseconds(&after) - milliseconds(&before);
    if (i > 0 && width >= narrowest) continue;
    narrowest = width;
    readings[0] = milliseconds(&wall);
    readings[1] = milliseconds(&before) + width / 2;
  }
  struct timespec boot;
  clock_gettime(CLOCK_BOOTTIME, &boot);
  readings[2] = milliseconds(&boot);
  return make_int(env, 0);
}

/*
 * adjustClock(fields): clock_adjtime on CLOCK_REALTIME with the fields of struct timex in a Float64Array(7): modes, offset,
 * freq, maxerror, esterror, status, constant, which become what the kernel answers. The answer is the clock's state (TIME_).
 */
static napi_value adjust_clock(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 0);
  if (bytes.length < 7 * sizeof(double)) return make_int(env, -EINVAL);
  double *fields = (double *)bytes.data;
  struct timex timex;
  memset(&timex, 0, sizeof timex);
  timex.modes = (unsigned int)fields[0];
  timex.offset = (long)fields[1];
  timex.freq = (long)fields[2];
  timex.maxerror = (long)fields[3];
  timex.esterror = (long)fields[4];
  timex.status = (int)fields[5];
  timex.constant = (long)fields[6];
  int state = clock_adjtime(CLOCK_REALTIME, &timex);
  if (state < 0) return make_result(env, state);
  fields[1] = (double)timex.offset;
  fields[2] = (double)timex.freq;
  fields[3] = (double)timex.maxerror;
  fields[4] = (double)timex.esterror;
  fields[5] = (double)timex.status;
  fields[6] = (double)timex.constant;
  return make_int(env, state);
}

/* stepClock(milliseconds): adds to CLOCK_REALTIME in one go (ADJ_SETOFFSET), so that no time is lost meanwhile */
static napi_value step_clock(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  double by = get_double(&in, 0);
  struct timex timex;
  memset(&timex, 0, sizeof timex);
  timex.modes = ADJ_SETOFFSET | ADJ_NANO;
  /* The fraction counts upwards, also from a negative second. */
  long long nanoseconds = (long long)(by * 1e6);
  long long seconds = nanoseconds / 1000000000LL;
  nanoseconds %= 1000000000LL;
  if (nanoseconds < 0) {
    nanoseconds += 1000000000LL;
    seconds--;
  }
  timex.time.tv_sec = (time_t)seconds;
  timex.time.tv_usec = (suseconds_t)nanoseconds;
  int state = clock_adjtime(CLOCK_REALTIME, &timex);
  return make_result(env, state < 0 ? -1 : 0);
}

/* setClock(milliseconds): CLOCK_REALTIME becomes this */
static napi_value set_clock(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  long long nanoseconds = (long long)(get_double(&in, 0) * 1e6);
  struct timespec time = {(time_t)(nanoseconds / 1000000000LL), (long)(nanoseconds % 1000000000LL)};
  return make_result(env, clock_settime(CLOCK_REALTIME, &time));
}

/* stampReceipts(fd): the kernel notes when each datagram came in (SO_TIMESTAMPNS), for receiveStamped */
static napi_value stamp_receipts(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  int on = 1;
  return make_result(env, setsockopt(get_int(&in, 0), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on));
}

/* receiveStamped(fd, bytes, stamp): length; stamp[0] becomes the wall time of arrival in milliseconds, or of this call */
static napi_value receive_stamped(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes stamp = get_bytes(&in, 2);
  if (stamp.length < sizeof(double)) return make_int(env, -EINVAL);
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(struct timespec))];
  } control;
  struct iovec part = {bytes.data, bytes.length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(get_int(&in, 0), &message, MSG_DONTWAIT);
  if (length < 0) return make_result(env, -1);
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each != NULL; each = CMSG_NXTHDR(&message, each))
    if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) memcpy(&time, CMSG_DATA(each), sizeof time);
  *(double *)stamp.data = milliseconds(&time);
  return make_int(env, length);
}

/* sendStamped(fd, bytes, stamp): length; stamp[0] becomes the wall time in milliseconds right before it left */
static napi_value send_stamped(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  struct bytes stamp = get_bytes(&in, 2);
  if (stamp.length < sizeof(double)) return make_int(env, -EINVAL);
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  ssize_t length = send(get_int(&in, 0), bytes.data, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  *(double *)stamp.data = milliseconds(&time);
  return make_result(env, length);
}

void export_clock(napi_env env, napi_value exports) {
  export_function(env, exports, "clockReadings", clock_readings);
  export_function(env, exports, "adjustClock", adjust_clock);
  export_function(env, exports, "stepClock", step_clock);
  export_function(env, exports, "setClock", set_clock);
  export_function(env, exports, "stampReceipts", stamp_receipts);
  export_function(env, exports, "receiveStamped", receive_stamped);
  export_function(env, exports, "sendStamped", send_stamped);
}
