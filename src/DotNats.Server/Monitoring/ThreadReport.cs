using System.Globalization;

namespace DotNats.Server.Monitoring;

/// <summary>A thread of this process as Linux tells of it; other systems tell a process only what a debugger would ask.</summary>
internal readonly record struct ThreadReport(int Id, string Name, TimeSpan Cpu)
{
    // Source: proc(5). Behind the name in parentheses: state, then numbers; processor time in hundredths of a second on every Linux.
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>All threads; none where the system does not tell.</summary>
    public static List<ThreadReport> All()
    {
        List<ThreadReport> threads = [];
        DirectoryInfo tasks = new("/proc/self/task");
        if (!OperatingSystem.IsLinux() || !tasks.Exists) return threads;
        foreach (DirectoryInfo task in tasks.EnumerateDirectories())
        {
            try
            {
                if (Parse(File.ReadAllText(Path.Combine(task.FullName, "stat"))) is { } thread) threads.Add(thread);
            }
            catch (IOException)
            {
                // Gone since it was listed.
            }
        }

        return threads;
    }

    /// <summary>Reads a line of <c>/proc/…/stat</c>; a name may hold anything, parentheses too.</summary>
    public static ThreadReport? Parse(string stat)
    {
        int open = stat.IndexOf('('), close = stat.LastIndexOf(')');
        if (open < 0 || close < open) return null;
        string[] fields = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > SystemTime
            && int.TryParse(stat.AsSpan(0, open), CultureInfo.InvariantCulture, out int id)
            && long.TryParse(fields[UserTime], CultureInfo.InvariantCulture, out long user)
            && long.TryParse(fields[SystemTime], CultureInfo.InvariantCulture, out long system)
            ? new ThreadReport(id, stat[(open + 1)..close], Tick * (user + system))
            : null;
    }
}
