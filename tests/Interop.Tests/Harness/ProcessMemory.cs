using System.Globalization;

namespace Interop.Tests;

/// <summary>What a process has taken of memory, as Linux counts it.</summary>
public sealed class ProcessMemory(int processId)
{
    /// <summary>The most it had at once since the last <see cref="Reset"/>.</summary>
    public long PeakBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{processId}/status").First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return 1024 * long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Begins to count anew from what it has now.</summary>
    public void Reset() => File.WriteAllText($"/proc/{processId}/clear_refs", "5");
}
