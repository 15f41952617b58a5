/* Descriptors, devices, the clock, namespaces and privileges: system calls that Node does not offer. */
#include "addon.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_PATH 4096
#define MAX_NAME 256
#define CLOSER_STACK_BYTES (64 * 1024)

/* open(path, flags, mode): descriptor; always close-on-exec */
static napi_value open_file(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  char path[MAX_PATH];
  if (get_text(&in, 0, path, sizeof path) < 0) return make_int(env, -ENAMETOOLONG);
  return make_result(env, open(path, get_int(&in, 1) | O_CLOEXEC, get_int(&in, 2)));
}

/* close(fd) */
static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, close(get_int(&in, 0)));
}

static void *close_on_thread(void *fd) {
  close((int)(intptr_t)fd);
  return NULL;
}

/* closeAside(fd): closed on a thread of its own, because some sockets let their last user wait (see packet-port.ts) */
static napi_value close_aside(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  int fd = get_int(&in, 0);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, CLOSER_STACK_BYTES);
  pthread_t thread;
  int failed = pthread_create(&thread, &attributes, close_on_thread, (void *)(intptr_t)fd);
  pthread_attr_destroy(&attributes);
  return make_result(env, failed ? close(fd) : 0);
}

/* read(fd, bytes): length */
static napi_value read_bytes(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  return make_result(env, read(get_int(&in, 0), bytes.data, bytes.length));
}

/* write(fd, bytes): length */
static napi_value write_bytes(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 1);
  return make_result(env, write(get_int(&in, 0), bytes.data, bytes.length));
}

/* ioctl(fd, request, argument): argument is a number, or the bytes of a struct that is read and written */
static napi_value control(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 2);
  unsigned long request = (uint32_t)get_int(&in, 1);
  if (bytes.data == NULL) return make_result(env, ioctl(get_int(&in, 0), request, (long)get_int(&in, 2)));
  return make_result(env, ioctl(get_int(&in, 0), request, bytes.data));
}

/* getrandom(bytes): length; waits, once after boot, until the kernel's generator is seeded */
static napi_value random_bytes(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  struct bytes bytes = get_bytes(&in, 0);
  return make_result(env, getrandom(bytes.data, bytes.length, 0));
}

/* bootTime(): milliseconds on CLOCK_BOOTTIME, with their fraction */
static napi_value boot_time(napi_env env, napi_callback_info info) {
  (void)info;
  struct timespec now;
  napi_value result = NULL;
  clock_gettime(CLOCK_BOOTTIME, &now);
  napi_create_double(env, (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6, &result);
  return result;
}

/* timerCreate(): descriptor of a timer on CLOCK_BOOTTIME */
static napi_value timer_create_descriptor(napi_env env, napi_callback_info info) {
  (void)info;
  return make_result(env, timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
}

/* timerSet(fd, at): readable once CLOCK_BOOTTIME reaches `at` milliseconds; 0 stops it */
static napi_value timer_set(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  double at = get_double(&in, 1);
  struct itimerspec setting = {0};
  if (at > 0) {
    /* Rounded up: a timer must not fire before its time. */
    double nanoseconds = ceil(fmod(at, 1e3) * 1e6);
    setting.it_value.tv_sec = (time_t)(at / 1e3);
    setting.it_value.tv_nsec = (long)nanoseconds;
    if (setting.it_value.tv_nsec >= 1000000000L) {
      setting.it_value.tv_sec++;
      setting.it_value.tv_nsec = 0;
    }
  }
  return make_result(env, timerfd_settime(get_int(&in, 0), TFD_TIMER_ABSTIME, &setting, NULL));
}

/* setThreadName(name): the name that ps, top and ss show; the kernel keeps 15 bytes */
static napi_value set_thread_name(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  char name[MAX_NAME];
  if (get_text(&in, 0, name, sizeof name) < 0) return make_int(env, -ENAMETOOLONG);
  return make_result(env, prctl(PR_SET_NAME, name, 0, 0, 0));
}

/*
 * releaseHeap(): collects garbage as if memory had run short, which alone makes V8 compact the heap and give pages back, then
 * has malloc give back what it holds free. Twice: the first collection halves the young generation, the second one moves what
 * lives there into the half that was not used since, and drops the pages of the other.
 */
static napi_value release_heap(napi_env env, napi_callback_info info) {
  (void)info;
  const int64_t alarming = INT64_C(1) << 32;
  int64_t total;
  for (int round = 0; round < 2; round++) {
    napi_adjust_external_memory(env, alarming, &total);
    napi_adjust_external_memory(env, -alarming, &total);
  }
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return make_int(env, 0);
}

/* keepCapabilities(keep): whether this thread's permitted capabilities survive setuid from root */
static napi_value keep_capabilities(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, prctl(PR_SET_KEEPCAPS, (unsigned long)(get_int(&in, 0) != 0), 0, 0, 0));
}

/*
 * setGroup(gid), setUser(uid): for all threads, the C library sees to that. Node's own calls are switched off where it was
 * built with a libuv that might use io_uring (Debian 13). A group comes without supplementary ones.
 */
static napi_value set_group(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  gid_t group = (gid_t)get_int(&in, 0);
  return make_result(env, setgroups(0, NULL) < 0 ? -1 : setresgid(group, group, group));
}

static napi_value set_user(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  uid_t user = (uid_t)get_int(&in, 0);
  return make_result(env, setresuid(user, user, user));
}

/*
 * Hands this thread's no_new_privs to all others: a seccomp filter that allows everything, synchronised over the threads.
 * A kernel without seccomp leaves them without.
 */
static void share_no_new_privs(void) {
  struct sock_filter allow = {.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW};
  struct sock_fprog program = {.len = 1, .filter = &allow};
  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

/*
 * limitCapabilities(low, high): this thread keeps the capabilities in the two halves of the mask and no other, and no
 * thread, nor what it runs, can gain any again (no_new_privs). Other threads' capabilities end with setUser.
 */
static napi_value limit_capabilities(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  uint32_t mask[2] = {(uint32_t)get_int(&in, 0), (uint32_t)get_int(&in, 1)};
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2];
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return make_result(env, -1);
  share_no_new_privs();
  for (int i = 0; i < 2; i++) data[i] = (struct __user_cap_data_struct){mask[i], mask[i], 0};
  return make_result(env, syscall(SYS_capset, &header, data));
}

/* unshare(flags): this thread, and what it starts from now on, leaves the namespaces named by the CLONE_NEW flags */
static napi_value leave_namespaces(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, unshare(get_int(&in, 0)));
}

/* setns(fd, flags): this thread, and what it starts from now on, is in the namespace behind the descriptor */
static napi_value enter_namespace(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, setns(get_int(&in, 0), get_int(&in, 1)));
}

/* pidfdOpen(pid): a descriptor that stands for this process alone and is readable once it has ended (pidfd_open) */
static napi_value pidfd_open_process(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, syscall(SYS_pidfd_open, get_int(&in, 0), 0));
}

/* pidfdSignal(fd, signal): sends the signal to the process behind the descriptor, never to another that has its pid now */
static napi_value pidfd_signal(napi_env env, napi_callback_info info) {
  struct arguments in = get_arguments(env, info);
  return make_result(env, syscall(SYS_pidfd_send_signal, get_int(&in, 0), get_int(&in, 1), NULL, 0));
}

void export_system(napi_env env, napi_value exports) {
  export_function(env, exports, "open", open_file);
  export_function(env, exports, "close", close_descriptor);
  export_function(env, exports, "closeAside", close_aside);
  export_function(env, exports, "read", read_bytes);
  export_function(env, exports, "write", write_bytes);
  export_function(env, exports, "ioctl", control);
  export_function(env, exports, "getrandom", random_bytes);
  export_function(env, exports, "bootTime", boot_time);
  export_function(env, exports, "timerCreate", timer_create_descriptor);
  export_function(env, exports, "timerSet", timer_set);
  export_function(env, exports, "setThreadName", set_thread_name);
  export_function(env, exports, "releaseHeap", release_heap);
  export_function(env, exports, "keepCapabilities", keep_capabilities);
  export_function(env, exports, "setGroup", set_group);
  export_function(env, exports, "setUser", set_user);
  export_function(env, exports, "limitCapabilities", limit_capabilities);
  export_function(env, exports, "unshare", leave_namespaces);
  export_function(env, exports, "setns", enter_namespace);
  export_function(env, exports, "pidfdOpen", pidfd_open_process);
  export_function(env, exports, "pidfdSignal", pidfd_signal);
}
