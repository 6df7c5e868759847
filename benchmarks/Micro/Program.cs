using BenchmarkDotNet.Running;
using DotNats.Benchmarks;

// --memory: bytes per entry and the distribution of single matches on a trie of a million; --subjects: the same of a log's index of ten
// million subjects; --memory-log: messages through a memory log; everything else goes to BenchmarkDotNet.
if (args is [("--memory" or "--subjects" or "--memory-log") and var report, ..])
{
    int? count = args.Length > 1 ? int.Parse(args[1]) : null;
    if (report == "--memory") TrieReport.Run(count ?? 1_000_000);
    else if (report == "--subjects") SubjectIndexReport.Run(count ?? 10_000_000);
    else MemoryLogReport.Run(count ?? 4_000_000);
    return 0;
}

// --filelog DIRECTORY: what file logs take on the device of a directory, and how long they take to open.
if (args is ["--filelog", var directory, ..])
{
    FileLogReport.Run(Path.Combine(directory, "filelog"));
    return 0;
}

// --cold-reads DIRECTORY: one message of a block that is not in memory, and filters that few blocks have something of.
if (args is ["--cold-reads", var store, ..])
{
    ColdReadReport.Run(Path.Combine(store, "cold-reads"));
    return 0;
}

// --pending DIRECTORY: what a new consumer's place and count take, by filter and beginning; --pending-shuffled where subjects come in random order.
if (args is [("--pending" or "--pending-shuffled") and var counts, var room, ..])
{
    PendingReport.Run(Path.Combine(room, "pending"), isShuffled: counts == "--pending-shuffled");
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(TrieReport).Assembly).Run(args);
return 0;
