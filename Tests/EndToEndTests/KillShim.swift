import Foundation
import TestSupport

/// A library that is loaded into a process and kills it at its k-th call that changes files, as a power cut would.
enum KillShim {
    /// The built library; `nil` if it cannot be built.
    static let path: String? = {
        guard Machine.isLinux, let folder else { return nil }
        let source = folder.path + "/shim.c"
        let library = folder.path + "/shim.so"
        guard (try? Data(program.utf8).write(to: URL(filePath: source))) != nil else { return nil }
        let isBuilt = ["cc", "clang"].contains {
            Machine.succeeds($0, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl")
        }
        atexit { if let path = KillShim.folder?.path { try? FileManager.default.removeItem(atPath: path) } }
        return isBuilt ? library : nil
    }()

    private static let folder = try? TemporaryFolder()

    /// The variables that have a process killed at its k-th call; every third is left half done.
    static func variables(at call: Int) -> [String: String?] {
        ["LD_PRELOAD": path, "BTW_KILL_AT": String(call), "BTW_KILL_TEARS": call % 3 == 0 ? "1" : "0"]
    }

    private static let program = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdatomic.h>
        #include <stdlib.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static atomic_long calls;

        static int is_due(void) {
            const char *at = getenv("BTW_KILL_AT");
            return at && atomic_fetch_add(&calls, 1) + 1 == atol(at);
        }

        static void die(void) {
            kill(getpid(), SIGKILL);
            for (;;) pause();
        }

        static size_t torn(size_t count) {
            const char *tears = getenv("BTW_KILL_TEARS");
            return tears && *tears == '1' ? count / 2 : 0;
        }

        #define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)
        #define DIES_BEFORE(name, parameters, arguments) \\
            int name parameters { REAL(name); if (is_due()) die(); return real arguments; }

        ssize_t write(int file, const void *bytes, size_t count) {
            REAL(write);
            if (is_due()) { if (torn(count)) real(file, bytes, torn(count)); die(); }
            return real(file, bytes, count);
        }

        ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
            REAL(pwrite);
            if (is_due()) { if (torn(count)) real(file, bytes, torn(count), at); die(); }
            return real(file, bytes, count, at);
        }

        ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
            REAL(pwrite64);
            if (is_due()) { if (torn(count)) real(file, bytes, torn(count), at); die(); }
            return real(file, bytes, count, at);
        }

        DIES_BEFORE(fsync, (int file), (file))
        DIES_BEFORE(fdatasync, (int file), (file))
        DIES_BEFORE(ftruncate, (int file, off_t size), (file, size))
        DIES_BEFORE(ftruncate64, (int file, off64_t size), (file, size))
        DIES_BEFORE(rename, (const char *from, const char *to), (from, to))
        DIES_BEFORE(link, (const char *from, const char *to), (from, to))
        DIES_BEFORE(unlink, (const char *path), (path))
        DIES_BEFORE(unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
        DIES_BEFORE(mkdir, (const char *path, mode_t mode), (path, mode))
        """
}
