/*
 * What openvpn, openconnect, vpnc and pppd run in place of a script when a tunnel comes up or goes: it hands its arguments and
 * its environment to connman-vpnd over a unix socket, and ends with the status that comes back.
 *
 * The socket is named by CONNMAN_VPN_SOCKET. Sent are the number of arguments, the number of variables, the arguments and the
 * environment, each text with a zero behind it. The answer is one byte.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A connman-vpnd that is being restarted is back within this time. */
#define PATIENCE_SECONDS 15
#define RETRY_NANOSECONDS 50000000L
#define RETRIES (PATIENCE_SECONDS * 20)

extern char **environ;

static int fail(const char *what, const char *path) {
  fprintf(stderr, "connman-vpn-callback: %s %s: %s; is connman-vpnd running?\n", what, path, strerror(errno));
  return 1;
}

static int send_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -1;
    bytes += sent;
    length -= (size_t)sent;
  }
  return 0;
}

static int send_text(int fd, const char *text) { return send_all(fd, text, strlen(text) + 1); }

/* Connects, waiting for a daemon that is not there yet; -1 with errno. */
static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address.sun_path, path);
  for (int tries = 0;; tries++) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    if ((error != ENOENT && error != ECONNREFUSED && error != EAGAIN) || tries == RETRIES) return -1;
    nanosleep(&(struct timespec){.tv_nsec = RETRY_NANOSECONDS}, NULL);
  }
}

int main(int argc, char **argv) {
  const char *path = getenv("CONNMAN_VPN_SOCKET");
  if (path == NULL) {
    fputs("connman-vpn-callback: run by VPN programs for connman-vpnd, not by hand (CONNMAN_VPN_SOCKET is not set)\n", stderr);
    return 2;
  }
  int fd = connect_to(path);
  if (fd < 0) return fail("cannot connect to", path);
  int variables = 0;
  while (environ[variables] != NULL) variables++;
  char count[16];
  snprintf(count, sizeof count, "%d", argc);
  if (send_text(fd, count) < 0) return fail("cannot send to", path);
  snprintf(count, sizeof count, "%d", variables);
  if (send_text(fd, count) < 0) return fail("cannot send to", path);
  for (int i = 0; i < argc; i++)
    if (send_text(fd, argv[i]) < 0) return fail("cannot send to", path);
  for (char **entry = environ; *entry != NULL; entry++)
    if (send_text(fd, *entry) < 0) return fail("cannot send to", path);
  unsigned char status = 1;
  ssize_t length;
  do {
    length = recv(fd, &status, 1, 0);
  } while (length < 0 && errno == EINTR);
  if (length < 0) return fail("no answer from", path);
  /* A daemon that ended meanwhile must not cost the tunnel. */
  return length == 0 ? 0 : status;
}
