/// Hunks of several versions that cannot be applied independently, or one hunk that can.
struct ProseGroup {
    struct Member {
        let version: Int
        let hunk: ProseHunk
    }

    /// The range of the base that the hunks cover together; empty if all of them insert at one point.
    private(set) var base: Range<Int>
    /// Ordered by position, then by version.
    private(set) var members: [Member]

    /// Groups the hunks of all versions by their position in the base.
    ///
    /// Two hunks conflict if their ranges of the base overlap, if both insert at the same point, or if one inserts
    /// strictly inside the other's range. Adjacent hunks do not conflict: what diff3 treats as one chunk is two edits
    /// here.
    static func all(_ hunks: [[ProseHunk]]) -> [ProseGroup] {
        var members: [Member] = []
        for (version, hunks) in hunks.enumerated() {
            members.append(contentsOf: hunks.map { Member(version: version, hunk: $0) })
        }
        // At one point, insertions come before a replacement of the following token.
        members.sort { left, right in
            let (a, b) = (left.hunk.base, right.hunk.base)
            return (a.lowerBound, a.upperBound, left.version) < (b.lowerBound, b.upperBound, right.version)
        }
        var groups: [ProseGroup] = []
        for member in members {
            if let last = groups.last, last.conflicts(with: member.hunk) {
                groups[groups.count - 1].append(member)
            } else {
                groups.append(ProseGroup(base: member.hunk.base, members: [member]))
            }
        }
        return groups
    }

    var isInsertion: Bool { base.isEmpty }

    /// The hunks of one version, in order.
    func hunks(of version: Int) -> [ProseHunk] {
        members.filter { $0.version == version }.map(\.hunk)
    }

    /// The versions with hunks in the group, in order.
    var versions: [Int] {
        var versions: [Int] = []
        for version in members.map(\.version).sorted() where versions.last != version { versions.append(version) }
        return versions
    }

    // The group's range is connected, so a hunk that begins inside it overlaps a member or lies inside one.
    private func conflicts(with hunk: ProseHunk) -> Bool {
        isInsertion ? hunk.base == base : hunk.base.lowerBound < base.upperBound
    }

    private mutating func append(_ member: Member) {
        base = base.lowerBound..<max(base.upperBound, member.hunk.base.upperBound)
        members.append(member)
    }
}
