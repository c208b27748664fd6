/// Mistakes that the simulator must find; none is made unless a test asks for it.
enum SeededBug: CaseIterable {
    /// The server acknowledges what it does not hold.
    case acknowledgesBeforeHolding
    /// A device sends only what it wrote itself.
    case sendsOnlyItsOwn
    /// A device leaves out the first batch that the server lacks of a line that it has part of.
    case cursorOffByOne
    /// A device counts the server's clock as its own.
    case believesTheClock
    /// What cannot be written again is dropped.
    case dropsWhatIsSetAside
    /// What is written again has seen nothing.
    case transplantForgetsSeen
    /// A device keeps what a new epoch's cut leaves out.
    case deviceIgnoresCut
    /// The server keeps what a new epoch's cut leaves out.
    case serverIgnoresCut
    /// Neither side notices that lines parted.
    case overlooksForks
    /// A device says that it had read what it could not open.
    case claimsTheUnread
    /// A refused batch is taken for sent.
    case neverOpensAgain
    /// A device says that it had read live values whose boxes it does not have.
    case claimsTheMissing
    /// A box is asked for once on a connection, whatever became of the answer.
    case asksForABoxOnce
    /// Who did not have a box does not send it when it comes.
    case forgetsPromises
    /// The server believes that a device holds a record since it came from there or was sent there.
    case believesWhatWasSent
    /// A box that comes later is thrown away.
    case dropsLateBoxes
}
