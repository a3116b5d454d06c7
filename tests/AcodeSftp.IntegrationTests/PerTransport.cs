using AcodeSftp.IntegrationTests.Faults;
using AcodeSftp.IntegrationTests.Servers;

namespace AcodeSftp.IntegrationTests;

// The tests that any transport must pass, once for each transport of this build.

[Collection(SshdCollection.Name)]
public sealed class FailureTestsOverOpenSsh(SshdFixture sshd) : FailureTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class RealTransferTestsOverOpenSsh(SshdFixture sshd) : RealTransferTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class AtomicityTestsOverOpenSsh(SshdFixture sshd) : AtomicityTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class ShellCommandTestsOverOpenSsh(SshdFixture sshd) : ShellCommandTests(sshd, TestTransports.OpenSsh);

public sealed class SessionRecoveryTestsOverOpenSsh() : SessionRecoveryTests(TestTransports.OpenSsh);

#if SSHNET
[Collection(SshdCollection.Name)]
public sealed class FailureTestsOverSshNet(SshdFixture sshd) : FailureTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class RealTransferTestsOverSshNet(SshdFixture sshd) : RealTransferTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class AtomicityTestsOverSshNet(SshdFixture sshd) : AtomicityTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class ShellCommandTestsOverSshNet(SshdFixture sshd) : ShellCommandTests(sshd, TestTransports.SshNet);

public sealed class SessionRecoveryTestsOverSshNet() : SessionRecoveryTests(TestTransports.SshNet);
#endif
