using Load.Cases;

namespace Load.Harness;

/// <summary>
/// The commands of the program. Exit codes: 0 all runs count, 1 some do not, 2 wrong usage, 3 a goal is missed (with --check-goals).
/// </summary>
internal static class Commands
{
    /// <summary>Compares two servers.</summary>
    internal static int Run(LoadOptions options, TextWriter output)
    {
        if (options.ServerA.Length == 0 || options.ServerB.Length == 0)
            throw new ArgumentException("run needs --a COMMAND and --b COMMAND");
        IReadOnlyList<LoadCase> cases = CaseCatalog.Select(options.Cases);
        using RunDirectory directory = new();
        PairedRunner runner = new(options, directory, output);
        List<CaseResult> results = [];
        foreach (LoadCase loadCase in cases)
        {
            results.Add(runner.Run(loadCase));
            if (options.JsonFile is not null) JsonReport.Write(options.JsonFile, options, results);
        }
        output.WriteLine();
        output.WriteLine($"A: {options.ServerA}; B: {options.ServerB}");
        output.WriteLine($"{options.Pairs} pairs of {options.Seconds} s, {Environment.ProcessorCount} processors");
        output.WriteLine();
        output.Write(ReportTable.Of(results));
        if (results.Any(r => r.ValidPairs < r.Pairs.Count)) return 1;
        return options.ChecksGoals && results.Any(r => r.MissedGoals.Any()) ? 3 : 0;
    }

    /// <summary>Runs cases once against one server.</summary>
    internal static int One(LoadOptions options, TextWriter output)
    {
        if (options.ServerA.Length == 0) throw new ArgumentException("one needs --server COMMAND");
        using RunDirectory directory = new();
        PairedRunner runner = new(options, directory, output);
        bool isValid = true;
        foreach (LoadCase loadCase in CaseCatalog.Select(options.Cases))
            isValid &= runner.RunOnce(loadCase.Run, options.ServerA, loadCase.Name).IsValid;
        return isValid ? 0 : 1;
    }

    internal static int List(TextWriter output)
    {
        foreach (LoadCase loadCase in CaseCatalog.All)
        {
            string goals = string.Join(", ", loadCase.Goals.Select(g => g.Show()));
            output.WriteLine($"{loadCase.Name,-32} {loadCase.Summary}{(goals.Length > 0 ? $" [{goals}]" : "")}");
        }
        return 0;
    }

    internal static int Help(TextWriter output)
    {
        output.WriteLine("""
            Load run --a "COMMAND" --b "COMMAND" [--case NAME…] [--pairs 5] [--seconds 3] [--store DIR] [--json FILE] [--check-goals]
            Load one --server "COMMAND" [--case NAME…] [--seconds 3] [--store DIR]
            Load list
            A command is a server that takes nats-server's flags; -a, -p, -m and, for TLS and streams, -c are added. NAME may end in *.
            Streams lie below the store directory: name one on the disk that is meant.
            """);
        return 2;
    }
}
