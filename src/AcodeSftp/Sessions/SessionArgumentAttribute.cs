using System.Collections;
using System.Management.Automation;
using AcodeSftp.Shell.Lifecycle;
using AcodeSftp.Sessions;

namespace AcodeSftp.Shell.Sessions;

/// <summary>Lets a parameter for sessions take ids and names, with wildcards, beside session objects.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SessionArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var input = Unwrap(inputData);
        if (input is null or SftpSession or SftpSession[])
            return input!;
        IEnumerable items = input is IEnumerable many and not string ? many : new[] { input };
        var sessions = items.Cast<object?>().SelectMany(item => Resolve(Unwrap(item))).Distinct().ToArray();
        return sessions is [var only] ? only : sessions;
    }

    private static IReadOnlyList<SftpSession> Resolve(object? item)
    {
        if (item is SftpSession session)
            return [session];
        var open = ModuleSessions.Registry.Sessions;
        if (item is not (int or long or short or byte or uint or string))
            throw new ArgumentTransformationMetadataException(
                $"A session is given by the object that New-SftpSession wrote, by its id or by its name, not by {item?.GetType().Name ?? "nothing"}.");
        if (SessionResolver.Find(item, open) is { Count: > 0 } found)
            return found;
        var problem = SessionResolver.NotFound(item, open);
        throw new ArgumentTransformationMetadataException($"{problem.Message} {problem.Advice}");
    }

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
