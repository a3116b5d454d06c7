namespace AcodeSftp.OpenSsh;

internal static class SftpExceptions
{
    /// <summary>
    /// The same error as an object of its own: one object that is thrown on several threads loses its stack traces.
    /// </summary>
    /// <param name="error">The error.</param>
    /// <returns>A copy with the error inside.</returns>
    public static SftpException Again(this SftpException error) => new(error.Code, error.Message, error)
    {
        Path = error.Path,
        Host = error.Host,
        Advice = error.Advice,
        IsTransientOverride = error.IsTransientOverride,
    };
}
