using DotNats.Configuration;
using Shouldly;

namespace Fuzz.Configuration;

/// <summary>Holds errors to their promise: a file that was read, a line it has, a column on that line.</summary>
internal static class Places
{
    public static void Check(ConfigError error, byte[] text, IReadOnlyDictionary<string, byte[]> files)
    {
        if (error.File is null || (error.File != "t.conf" && !files.ContainsKey(error.File))) throw Not(error, "is in no file");
        byte[][] lines = Lines(error.File == "t.conf" ? text : files[error.File]);
        if (error.Line < 1 || error.Line > lines.Length) throw Not(error, "is on no line");
        // A key that spans lines is counted from its first, but said to be on its last.
        if (error.Column < 0 || (error.Column > lines[error.Line - 1].Length + 1 && lines.All(l => l.Length + 1 < error.Column))) throw Not(error, "is at no column");
        if (error.Message.Length == 0) throw Not(error, "says nothing");
    }

    private static byte[][] Lines(byte[] text)
    {
        var lines = new List<byte[]>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != '\n') continue;
            lines.Add(text[start..i]);
            start = i + 1;
        }

        return [.. lines];
    }

    private static ShouldAssertException Not(ConfigError error, string what) => new($"{error.File}:{error.Line}:{error.Column} {what}: {error.Message}");
}
