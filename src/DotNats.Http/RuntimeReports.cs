using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace DotNats.Http;

/// <summary>What the runtime tells of itself: <c>/stacksz</c> and <c>/debug/vars</c>.</summary>
internal static class RuntimeReports
{
    /// <summary>The stack of the thread that answers and, on Linux, the names of all threads: no .NET program can read the stacks of its others.</summary>
    public static byte[] Stacks()
    {
        StringBuilder text = new(8192);
        text.Append($"thread {Environment.CurrentManagedThreadId} [running]:\n{new StackTrace(fNeedFileInfo: false)}\n");
        text.Append($"thread pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} work items pending, ");
        text.Append($"{ThreadPool.CompletedWorkItemCount} completed\n\n");
        DirectoryInfo tasks = new("/proc/self/task");
        if (!OperatingSystem.IsLinux() || !tasks.Exists) return Encoding.UTF8.GetBytes(text.ToString());
        foreach (DirectoryInfo task in tasks.EnumerateDirectories()) text.Append($"os thread {task.Name} [{ReadName(task)}]\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The command line and the memory figures that Go programs publish, as far as .NET has them.</summary>
    public static ReadOnlyMemory<byte> Variables()
    {
        ArrayBufferWriter<byte> buffer = new(2048);
        buffer.Write("{\n\"cmdline\": "u8);
        using (Utf8JsonWriter json = new(buffer)) WriteCommandLine(json, Environment.GetCommandLineArgs());
        buffer.Write(",\n\"memstats\": "u8);
        using (Utf8JsonWriter json = new(buffer)) WriteMemory(json);
        buffer.Write("\n}\n"u8);
        return buffer.WrittenMemory;
    }

    /// <summary>Writes the arguments, secrets left out.</summary>
    internal static void WriteCommandLine(Utf8JsonWriter json, string[] arguments)
    {
        json.WriteStartArray();
        foreach (string argument in SecretArguments.Redact(arguments)) json.WriteStringValue(argument);
        json.WriteEndArray();
    }

    private static void WriteMemory(Utf8JsonWriter json)
    {
        // Before the first collection the runtime knows of no heap sizes but what is in use.
        GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);
        long alive = GC.GetTotalMemory(forceFullCollection: false);
        long heap = Math.Max(info.HeapSizeBytes, alive);
        long committed = Math.Max(info.TotalCommittedBytes, heap);
        json.WriteStartObject();
        json.WriteNumber("Alloc"u8, alive);
        json.WriteNumber("TotalAlloc"u8, GC.GetTotalAllocatedBytes());
        json.WriteNumber("Sys"u8, Environment.WorkingSet);
        json.WriteNumber("HeapAlloc"u8, alive);
        json.WriteNumber("HeapSys"u8, committed);
        json.WriteNumber("HeapIdle"u8, committed - heap);
        json.WriteNumber("HeapInuse"u8, heap);
        json.WriteNumber("HeapReleased"u8, 0);
        json.WriteNumber("GCSys"u8, 0);
        json.WriteNumber("PauseTotalNs"u8, GC.GetTotalPauseDuration().Ticks * TimeSpan.NanosecondsPerTick);
        json.WriteNumber("NumGC"u8, GC.CollectionCount(0));
        json.WriteNumber("GCCPUFraction"u8, info.PauseTimePercentage / 100);
        json.WriteBoolean("EnableGC"u8, true);
        json.WriteBoolean("DebugGC"u8, false);
        json.WriteEndObject();
    }

    private static string ReadName(DirectoryInfo task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task.FullName, "comm")).Trim();
        }
        catch (IOException)
        {
            return "gone";
        }
    }
}
