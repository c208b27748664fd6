import BtwCommands
import CProcessPrivacy

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

// Before any secret is read.
between_keep_memory_private()

/// As bytes, since `CommandLine.arguments` repairs invalid UTF-8.
let arguments = (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    CommandLine.unsafeArgv[index].map {
        Array(UnsafeBufferPointer(start: $0, count: strlen($0)).map { UInt8(bitPattern: $0) })
    }
}
let console = Console(environment: { name in getenv(name).map { String(cString: $0) } })
exit(await Btw.run(arguments, console))
