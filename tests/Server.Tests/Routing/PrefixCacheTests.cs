using System.Text;
using CsCheck;
using DotNats;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Server.Tests.Routing;

public sealed class PrefixCacheTests
{
    private static readonly Gen<string> Token = Gen.OneOf(new[] { "a", "b", "a-token-of-some-length", "c" }.Select(Gen.Const).ToArray());
    private static readonly Gen<string> FilterToken = Gen.Frequency((4, Token), (3, Gen.Const("*")));

    private static readonly Gen<string> Subject =
        Gen.Frequency((9, Token), (1, Gen.Const(""))).Array[1, 9].Select(tokens => string.Join('.', tokens)).Where(subject => subject.Length > 0);

    private static readonly Gen<string> Filter = Gen.Select(FilterToken.Array[1, 6], Gen.Bool, (tokens, full) =>
        full ? string.Join('.', tokens.Append(">")) : string.Join('.', tokens));

    [Fact]
    public void What_was_kept_is_what_a_match_finds_whatever_comes_and_goes() =>
        Gen.Select(Subject, Filter, Gen.Int[0, 9]).Array[1, 150].Sample(steps =>
        {
            using Table table = new();
            foreach ((string subject, string filter, int action) in steps)
            {
                if (action == 0) table.Add(filter);
                else if (action == 1) table.RemoveOne();
                else table.Compare(subject);
            }
        }, iter: 300);

    [Fact]
    public void Acknowledgements_of_one_consumer_are_looked_up_once()
    {
        using Table table = new();
        table.Add("$JS.ACK.S.C.>");
        table.Add("$JS.ACK.S.D.>");
        table.Add("_INBOX.abcdefgh.*");
        for (int i = 0; i < 100; i++)
        {
            table.Compare($"$JS.ACK.S.C.1.{i}.{i}.170000000000000000.{100 - i}");
            table.Compare($"_INBOX.abcdefgh.{i}");
        }

        // Beside the cache's own lookups, each comparison is one.
        table.Lookups.ShouldBe(200 + 2);
    }

    private sealed class Table : IDisposable
    {
        private readonly ServerCore _core = new(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        private readonly List<Subscription> _added = [];
        private readonly DeliveryContext _context;
        private readonly Account _account;

        public Table()
        {
            _context = _core.Contexts.Create();
            _account = _core.Accounts.Global;
        }

        public long Lookups => _account.Subscriptions.Matches;

        public void Add(string filter)
        {
            var subscription = new Subscription(new Nobody(), Encoding.ASCII.GetBytes(filter), null, new SubscriptionId("1"u8));
            _account.Subscriptions.Add(subscription);
            _added.Add(subscription);
        }

        public void RemoveOne()
        {
            if (_added.Count == 0) return;
            _account.Subscriptions.Remove(_added[^1]);
            _added.RemoveAt(_added.Count - 1);
        }

        public void Compare(string subject)
        {
            ReadOnlySpan<byte> bytes = Encoding.ASCII.GetBytes(subject);
            MatchResult found = _context.Matches.Find(_context, _account, in bytes);
            found.Plain.Select(entry => Encoding.ASCII.GetString(entry.Subject)).Order(StringComparer.Ordinal)
                .ShouldBe(_account.Subscriptions.Match(bytes).Plain.Select(entry => Encoding.ASCII.GetString(entry.Subject)).Order(StringComparer.Ordinal), subject);
        }

        public void Dispose() => _core.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private sealed class Nobody : ISubscriber
    {
        public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject) => true;
    }
}
