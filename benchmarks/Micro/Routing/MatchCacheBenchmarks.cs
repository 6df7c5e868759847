using System.Text;
using BenchmarkDotNet.Attributes;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DotNats.Benchmarks;

/// <summary>Acknowledgements and replies, each with a subject of its own, through a match cache and without one; among many other subscriptions.</summary>
public class MatchCacheBenchmarks
{
    private const int Subjects = 100_000;

    private readonly ServerCore _core = new(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
    private readonly byte[][] _acknowledgements = [.. Enumerable.Range(0, Subjects).Select(i => Encoding.ASCII.GetBytes($"$JS.ACK.ORDERS.C7.1.{i}.{i}.1760000000{i:d9}.{Subjects - i}"))];
    private readonly byte[][] _replies = [.. Enumerable.Range(0, Subjects).Select(i => Encoding.ASCII.GetBytes($"_INBOX.Ab12cd34Ef56gh78Ij90k7.{i:x8}"))];
    private DeliveryContext _context = null!;
    private Account _account = null!;
    private int _next;

    [GlobalSetup]
    public void SetUp()
    {
        _context = _core.Contexts.Create();
        _account = _core.Accounts.Global;
        for (int i = 0; i < 1000; i++)
        {
            Add($"$JS.ACK.ORDERS.C{i}.>");
            Add($"_INBOX.Ab12cd34Ef56gh78Ij90k{i}.*");
            Add($"orders.{i}.created");
        }
    }

    [Benchmark]
    public object Acknowledgement() => Find(_acknowledgements);

    [Benchmark]
    public object Reply() => Find(_replies);

    [Benchmark(Baseline = true)]
    public object AcknowledgementWithoutCache() => _account.Subscriptions.Match(_acknowledgements[_next++ % Subjects]);

    private MatchResult Find(byte[][] subjects)
    {
        ReadOnlySpan<byte> subject = subjects[_next++ % Subjects];
        return _context.Matches.Find(_context, _account, in subject);
    }

    private void Add(string filter) =>
        _account.Subscriptions.Add(new Subscription(new Nobody(), Encoding.ASCII.GetBytes(filter), null, new SubscriptionId("1"u8)));

    private sealed class Nobody : ISubscriber
    {
        public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject) => true;
    }
}
