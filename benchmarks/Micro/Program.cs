using BenchmarkDotNet.Running;
using DotNats.Benchmarks;

// --memory: bytes per entry and the distribution of single matches on a trie of a million; everything else goes to BenchmarkDotNet.
if (args is ["--memory", ..])
{
    TrieReport.Run(args.Length > 1 ? int.Parse(args[1]) : 1_000_000);
    return 0;
}
BenchmarkSwitcher.FromAssembly(typeof(TrieReport).Assembly).Run(args);
return 0;
