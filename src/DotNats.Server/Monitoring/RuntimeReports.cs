using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DotNats.Server.Monitoring;

/// <summary>What the runtime tells of itself: <c>/stacksz</c>, <c>/debug/vars</c>, the diagnostics port, and the like over the system account.</summary>
internal static class RuntimeReports
{
    private static readonly string[] Generations = ["generation 0", "generation 1", "generation 2", "large objects", "pinned objects"];

    /// <summary>The stack of the thread that answers and, on Linux, a line on each thread: no .NET program can read the stacks of its others.</summary>
    public static byte[] Stacks() => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"thread {Environment.CurrentManagedThreadId} [running]:\n{new StackTrace(fNeedFileInfo: false)}\n{Threads()}"));

    /// <summary>What the thread pool has to do, then on Linux a line on each thread, the busiest first.</summary>
    public static string Threads()
    {
        StringBuilder text = new(4096);
        text.Append(CultureInfo.InvariantCulture, $"thread pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} work items pending, ");
        text.Append(CultureInfo.InvariantCulture, $"{ThreadPool.CompletedWorkItemCount} completed\n\n");
        foreach (ThreadReport thread in ThreadReport.All().OrderByDescending(t => t.Cpu).ThenBy(t => t.Id))
            text.Append(CultureInfo.InvariantCulture, $"os thread {thread.Id} [{thread.Name}] cpu {thread.Cpu.TotalSeconds:F2}s\n");
        return text.ToString();
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

    /// <summary>The same memory figures as text, and how the last collection left each part of the heap.</summary>
    public static string Heap()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);
        StringBuilder text = new(2048);
        foreach ((string name, long value) in MemoryFigures(info)) text.Append(CultureInfo.InvariantCulture, $"# {name} = {value}\n");
        text.Append('\n');
        for (int i = 0; i < Math.Min(info.GenerationInfo.Length, Generations.Length); i++)
        {
            GCGenerationInfo generation = info.GenerationInfo[i];
            text.Append(CultureInfo.InvariantCulture, $"{Generations[i]}: {generation.SizeAfterBytes} bytes, {generation.FragmentationAfterBytes} of them free");
            text.Append(i <= GC.MaxGeneration ? string.Create(CultureInfo.InvariantCulture, $", {GC.CollectionCount(i)} collections\n") : "\n");
        }

        return text.ToString();
    }

    /// <summary>Writes the arguments, secrets left out.</summary>
    internal static void WriteCommandLine(Utf8JsonWriter json, string[] arguments)
    {
        json.WriteStartArray();
        foreach (string argument in SecretArguments.Redact(arguments)) json.WriteStringValue(argument);
        json.WriteEndArray();
    }

    /// <summary>Writes the memory figures.</summary>
    internal static void WriteMemory(Utf8JsonWriter json)
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);
        json.WriteStartObject();
        foreach ((string name, long value) in MemoryFigures(info)) json.WriteNumber(name, value);
        json.WriteNumber("GCCPUFraction"u8, info.PauseTimePercentage / 100);
        json.WriteBoolean("EnableGC"u8, true);
        json.WriteBoolean("DebugGC"u8, false);
        json.WriteEndObject();
    }

    // Names as Go's runtime gives them.
    private static IEnumerable<(string Name, long Value)> MemoryFigures(GCMemoryInfo info)
    {
        // Before the first collection the runtime knows of no heap sizes but what is in use.
        long alive = GC.GetTotalMemory(forceFullCollection: false);
        long heap = Math.Max(info.HeapSizeBytes, alive);
        long committed = Math.Max(info.TotalCommittedBytes, heap);
        return
        [
            ("Alloc", alive),
            ("TotalAlloc", GC.GetTotalAllocatedBytes()),
            ("Sys", Environment.WorkingSet),
            ("HeapAlloc", alive),
            ("HeapSys", committed),
            ("HeapIdle", committed - heap),
            ("HeapInuse", heap),
            ("HeapReleased", 0),
            ("GCSys", 0),
            ("PauseTotalNs", GC.GetTotalPauseDuration().Ticks * TimeSpan.NanosecondsPerTick),
            ("NumGC", GC.CollectionCount(0)),
        ];
    }
}
