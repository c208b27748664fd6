import Foundation

/// The id of the machine's current boot.
///
/// Linux: `/proc/sys/kernel/random/boot_id`; macOS: `kern.bootsessionuuid`. It changes after a power loss, and not
/// after sleep or hibernation.
enum BootID {
    /// The current id; `nil` if the system does not provide it.
    static let current: String? = {
        #if os(Linux)
            let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            let id = text?.trimmingCharacters(in: .whitespacesAndNewlines)
        #else
            var length = 0
            guard sysctlbyname("kern.bootsessionuuid", nil, &length, nil, 0) == 0, length > 1 else { return nil }
            var bytes = [UInt8](repeating: 0, count: length)
            guard sysctlbyname("kern.bootsessionuuid", &bytes, &length, nil, 0) == 0 else { return nil }
            let id: String? = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).lowercased()
        #endif
        guard let id, id.utf8.count == LockMark.bootIDLength else { return nil }
        return id
    }()
}
