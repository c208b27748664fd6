#include "CBench.h"
#include "Settings.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

int64_t between_bench_run(char *const arguments[], int *status, char *message) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t process = 0;
    int ending = 0;
    int64_t start = bench_now();
    int code = posix_spawn(&process, arguments[0], &actions, NULL, arguments, environ);
    while (code == 0 && waitpid(process, &ending, 0) < 0) {
        if (errno != EINTR) code = errno;
    }
    int64_t nanos = bench_now() - start;
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0) {
        snprintf(message, between_bench_message_size, "running %s failed: %s", arguments[0], strerror(code));
        return -1;
    }
    *status = WIFEXITED(ending) ? WEXITSTATUS(ending) : 128 + WTERMSIG(ending);
    return nanos;
}
