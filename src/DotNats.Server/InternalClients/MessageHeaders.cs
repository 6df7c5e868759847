using System.Text;

namespace DotNats.Server.InternalClients;

/// <summary>Looks for headers in a block.</summary>
internal static class MessageHeaders
{
    /// <summary>Value of the first header of that name, in the very case; null where there is none.</summary>
    public static string? Find(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        int lineEnd = block.IndexOf("\r\n"u8);
        while (lineEnd >= 0)
        {
            block = block[(lineEnd + 2)..];
            lineEnd = block.IndexOf("\r\n"u8);
            if (lineEnd <= name.Length || !block.StartsWith(name) || block[name.Length] != ':') continue;
            return Encoding.UTF8.GetString(block[(name.Length + 1)..lineEnd].Trim(" \t"u8));
        }

        return null;
    }
}
