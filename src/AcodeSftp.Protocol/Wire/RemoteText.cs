using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace AcodeSftp.Protocol.Wire;

/// <summary>
/// Text on the wire is UTF-8 by custom, but a file name is any bytes. Bytes that are not UTF-8 become lone surrogates
/// U+DC80 to U+DCFF, as Python's <c>surrogateescape</c> does it, and go back as the same bytes, so that a file with such a
/// name can be listed, read, renamed and removed.
/// </summary>
internal static class RemoteText
{
    private const char EscapeBase = '\uDC00';

    /// <summary>Bytes to text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) == OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                for (var i = 0; i < consumed; i++)
                    text.Append((char)(EscapeBase + bytes[i]));
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>Most bytes that a text of this many characters can need.</summary>
    public static int MaxByteCount(int charCount) => charCount * 3;

    /// <summary>Text to bytes. A surrogate that stands alone and escapes nothing becomes U+FFFD.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Encode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        var written = 0;
        while (!text.IsEmpty)
        {
            var escape = text.IndexOfAnyInRange('\uDC80', '\uDCFF');
            // A high surrogate before it makes it one half of an ordinary character.
            if (escape > 0 && char.IsHighSurrogate(text[escape - 1]))
            {
                written += Encoding.UTF8.GetBytes(text[..(escape + 1)], destination[written..]);
                text = text[(escape + 1)..];
            }
            else if (escape < 0)
            {
                return written + Encoding.UTF8.GetBytes(text, destination[written..]);
            }
            else
            {
                written += Encoding.UTF8.GetBytes(text[..escape], destination[written..]);
                destination[written++] = (byte)(text[escape] - EscapeBase);
                text = text[(escape + 1)..];
            }
        }

        return written;
    }
}
