using System.Globalization;

namespace DotNats.App.Files;

/// <summary>The file that names the process id for scripts and <c>--signal</c>. Compat: it stays when the server ends.</summary>
internal static class PidFile
{
    /// <summary>Writes it, without a line feed; returns what went wrong in nats-server's words, or null.</summary>
    public static string? Write(string path) => TextFile.Write(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), TextFile.NotForOthers);
}
