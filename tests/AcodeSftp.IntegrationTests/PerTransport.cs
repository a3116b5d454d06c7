using AcodeSftp.IntegrationTests.Faults;
using AcodeSftp.IntegrationTests.Servers;
using Xunit.Abstractions;

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

[Collection(SshdCollection.Name)]
public sealed class TreeTestsOverOpenSsh(SshdFixture sshd) : TreeTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class CutTransferTestsOverOpenSsh(SshdFixture sshd) : CutTransferTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class RefusedTransferTestsOverOpenSsh(SshdFixture sshd) : RefusedTransferTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class ManyAtOnceTestsOverOpenSsh(SshdFixture sshd) : ManyAtOnceTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class ConnectionTestsOverOpenSsh(SshdFixture sshd) : ConnectionTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class LoginTestsOverOpenSsh(SshdFixture sshd) : LoginTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class HostKeyTestsOverOpenSsh(SshdFixture sshd) : HostKeyTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class WaysInTestsOverOpenSsh(SshdFixture sshd) : WaysInTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class PrivateKeyTextTestsOverOpenSsh(SshdFixture sshd) : PrivateKeyTextTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class CommandTestsOverOpenSsh(SshdFixture sshd) : CommandTests(sshd, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class RequiredTimeTestsOverOpenSsh(SshdFixture sshd, ITestOutputHelper output)
    : RequiredTimeTests(sshd, TestTransports.OpenSsh, output);

public sealed class LongTransferTestsOverOpenSsh(ITestOutputHelper output) : LongTransferTests(output, TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class ScpFallbackTestsOverOpenSsh() : ScpFallbackTests(TestTransports.OpenSsh);

public sealed class SessionRecoveryTestsOverOpenSsh() : SessionRecoveryTests(TestTransports.OpenSsh);

[Collection(SshdCollection.Name)]
public sealed class ConnectionTestsOverOpenSshProcesses(SshdFixture sshd) : ConnectionTests(sshd, TestTransports.OpenSshProcesses);

[Collection(SshdCollection.Name)]
public sealed class LoginTestsOverOpenSshProcesses(SshdFixture sshd) : LoginTests(sshd, TestTransports.OpenSshProcesses);

[Collection(SshdCollection.Name)]
public sealed class ScpFallbackTestsOverOpenSshProcesses() : ScpFallbackTests(TestTransports.OpenSshProcesses);

#if SSHNET
[Collection(SshdCollection.Name)]
public sealed class FailureTestsOverSshNet(SshdFixture sshd) : FailureTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class RealTransferTestsOverSshNet(SshdFixture sshd) : RealTransferTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class AtomicityTestsOverSshNet(SshdFixture sshd) : AtomicityTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class ShellCommandTestsOverSshNet(SshdFixture sshd) : ShellCommandTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class TreeTestsOverSshNet(SshdFixture sshd) : TreeTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class CutTransferTestsOverSshNet(SshdFixture sshd) : CutTransferTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class RefusedTransferTestsOverSshNet(SshdFixture sshd) : RefusedTransferTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class ManyAtOnceTestsOverSshNet(SshdFixture sshd) : ManyAtOnceTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class ConnectionTestsOverSshNet(SshdFixture sshd) : ConnectionTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class LoginTestsOverSshNet(SshdFixture sshd) : LoginTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class HostKeyTestsOverSshNet(SshdFixture sshd) : HostKeyTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class WaysInTestsOverSshNet(SshdFixture sshd) : WaysInTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class PrivateKeyTextTestsOverSshNet(SshdFixture sshd) : PrivateKeyTextTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class CommandTestsOverSshNet(SshdFixture sshd) : CommandTests(sshd, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class RequiredTimeTestsOverSshNet(SshdFixture sshd, ITestOutputHelper output)
    : RequiredTimeTests(sshd, TestTransports.SshNet, output);

public sealed class LongTransferTestsOverSshNet(ITestOutputHelper output) : LongTransferTests(output, TestTransports.SshNet);

[Collection(SshdCollection.Name)]
public sealed class ScpFallbackTestsOverSshNet() : ScpFallbackTests(TestTransports.SshNet);

public sealed class SessionRecoveryTestsOverSshNet() : SessionRecoveryTests(TestTransports.SshNet);
#endif
