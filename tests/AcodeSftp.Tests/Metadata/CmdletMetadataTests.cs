using System.Management.Automation;
using System.Reflection;
using System.Security;
using System.Text.RegularExpressions;

namespace AcodeSftp.Tests.Metadata;

/// <summary>What PowerShell's guidelines ask of every cmdlet, told from the compiled module alone.</summary>
public sealed partial class CmdletMetadataTests
{
    // Get-Verb of PowerShell 7.4.
    private const string ApprovedVerbs =
        "Add Approve Assert Backup Block Build Checkpoint Clear Close Compare Complete Compress Confirm Connect Convert " +
        "ConvertFrom ConvertTo Copy Debug Deny Deploy Disable Disconnect Dismount Edit Enable Enter Exit Expand Export Find " +
        "Format Get Grant Group Hide Import Initialize Install Invoke Join Limit Lock Measure Merge Mount Move New Open " +
        "Optimize Out Ping Pop Protect Publish Push Read Receive Redo Register Remove Rename Repair Request Reset Resize " +
        "Resolve Restart Restore Resume Revoke Save Search Select Send Set Show Skip Split Start Step Stop Submit Suspend " +
        "Switch Sync Test Trace Unblock Undo Uninstall Unlock Unprotect Unpublish Unregister Update Use Wait Watch Write";

    private const string ChangingVerbs =
        "Add Clear Copy Disable Enable Install Invoke Move New Receive Remove Rename Reset Restart Send Set Start Stop Sync Update Write";

    // Opening a session changes nothing on either side, and a run with $WhatIfPreference needs sessions to look at, and
    // options to try out.
    private static readonly string[] ChangesNothing = ["New-SftpSession", "New-SftpTransferOption"];

    public static TheoryData<string> Cmdlets => [.. CmdletMetadata.All.Select(cmdlet => cmdlet.Name)];

    [Fact]
    public void The_module_has_cmdlets() => Assert.NotEmpty(CmdletMetadata.All);

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets()
    {
        var manifest = File.ReadAllText(RepositoryRoot.File("AcodeSftp.psd1"));
        var list = CmdletsToExport().Match(manifest).Groups[1].Value;
        var exported = Quoted().Matches(list).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
        Assert.Equal(CmdletMetadata.All.Select(cmdlet => cmdlet.Name), exported);
    }

    [Fact]
    public void The_manifest_has_the_version_of_the_assemblies()
    {
        var manifest = File.ReadAllText(RepositoryRoot.File("AcodeSftp.psd1"));
        var version = typeof(Shell.Lifecycle.ModuleLifecycle).Assembly.GetName().Version!.ToString(3);
        Assert.Contains($"ModuleVersion        = '{version}'", manifest, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Cmdlets))]
    public void The_verb_is_approved(string name) => Assert.Contains(Find(name).Verb, ApprovedVerbs.Split(' '));

    [Theory, MemberData(nameof(Cmdlets))]
    public void The_noun_is_ours_and_singular(string name)
    {
        var noun = Find(name).Noun;
        Assert.Matches("^(Sftp|Ssh)[A-Z]", noun);
        Assert.False(noun.EndsWith('s') && !noun.EndsWith("ss", StringComparison.Ordinal), $"{noun} is a plural.");
    }

    [Theory, MemberData(nameof(Cmdlets))]
    public void The_class_is_named_after_the_cmdlet(string name) =>
        Assert.Equal(name.Replace("-", "", StringComparison.Ordinal) + "Command", Find(name).Type.Name);

    [Theory, MemberData(nameof(Cmdlets))]
    public void It_says_what_it_writes(string name) => Assert.True(Find(name).HasOutputType);

    [Theory, MemberData(nameof(Cmdlets))]
    public void It_supports_WhatIf_where_it_changes_something(string name)
    {
        var cmdlet = Find(name);
        Assert.Equal(
            ChangingVerbs.Split(' ').Contains(cmdlet.Verb) && !ChangesNothing.Contains(name),
            cmdlet.SupportsShouldProcess);
    }

    [Theory, MemberData(nameof(Cmdlets))]
    public void It_takes_no_secret_as_plain_text(string name) => Assert.All(
        Find(name).Parameters.Where(parameter => SecretName().IsMatch(parameter.Name)),
        parameter => Assert.Contains(parameter.PropertyType, new[] { typeof(SecureString), typeof(PSCredential) }));

    [Theory, MemberData(nameof(Cmdlets))]
    public void Its_flags_are_switches(string name) =>
        Assert.DoesNotContain(Find(name).Parameters, parameter => parameter.PropertyType == typeof(bool));

    // PowerShell lists the module's types before the module can say where the core is, and to do so needs the size of their
    // fields.
    [Theory, MemberData(nameof(Cmdlets))]
    public void It_has_no_field_whose_size_only_the_core_knows(string name)
    {
        for (var type = Find(name).Type; type?.Assembly == typeof(Shell.Lifecycle.ModuleLifecycle).Assembly; type = type.BaseType)
        {
            const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            Assert.All(type.GetFields(Fields), field =>
            {
                var size = Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType;
                Assert.False(size.IsValueType && size.Assembly == typeof(SftpException).Assembly, $"{type.Name}.{field.Name}");
            });
        }
    }

    [Theory, MemberData(nameof(Cmdlets))]
    public void Wildcards_can_be_avoided(string name)
    {
        var parameters = Find(name).Parameters.Select(parameter => parameter.Name).ToList();
        Assert.Equal(parameters.Contains("Path"), parameters.Contains("LiteralPath"));
    }

    [Theory, MemberData(nameof(Cmdlets))]
    public void Mandatory_parameters_say_what_they_want(string name) => Assert.All(
        Find(name).Parameters.SelectMany(CmdletMetadata.ParameterAttributes),
        attribute =>
        {
            if (CmdletMetadata.Named(attribute, "Mandatory") is true)
                Assert.False(string.IsNullOrEmpty(CmdletMetadata.Named(attribute, "HelpMessage") as string));
        });

    private static CmdletMetadata Find(string name) => CmdletMetadata.All.Single(cmdlet => cmdlet.Name == name);

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\(([^)]*)\)")]
    private static partial Regex CmdletsToExport();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("Password|Passphrase|PrivateKey|Secret|Token|Credential")]
    private static partial Regex SecretName();
}
