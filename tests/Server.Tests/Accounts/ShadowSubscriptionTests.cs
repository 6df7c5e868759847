using System.Text;
using CsCheck;
using DotNats;
using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts;

/// <summary>Shadow subscriptions against a twin that goes through all imports and subscriptions for each message.</summary>
public sealed class ShadowSubscriptionTests
{
    private static readonly Gen<string> Filter =
        Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("c"), Gen.Const("*")).Array[1, 3].Select(Gen.Bool, (tokens, open) => string.Join('.', tokens) + (open ? ".>" : ""));

    private static readonly Gen<string> Subject = Gen.OneOf(Gen.Const("a"), Gen.Const("b"), Gen.Const("c"), Gen.Const("p")).Array[1, 5].Select(tokens => string.Join('.', tokens));

    // An import: filter there, and how it is called here.
    private static readonly Gen<(string From, string To)> Import = Filter.SelectMany(from => Gen.OneOf(Gen.Const(from), Gen.Const("p." + from), Gen.Const(Renamed(from)), Gen.Const(Swapped(from))).Select(to => (from, to)));

    private static readonly Gen<(int What, (string From, string To)[] Imports, string Filter, int Which)> Step =
        Gen.Select(Gen.Int[0, 4], Import.Array[0, 3], Filter, Gen.Int[0, 1000]);

    [Fact]
    public void Who_gets_what_is_as_if_all_imports_were_looked_at_for_each_message() => Gen.Select(Step.Array[1, 12], Subject.Array[1, 10]).Sample((steps, subjects) =>
    {
        using var world = new World();
        foreach ((int what, (string, string)[] imports, string filter, int which) in steps) world.Do(what, imports, filter, which);
        foreach (string subject in subjects) world.Publish(subject).ShouldBe(world.Expected(subject), ignoreOrder: true);
        world.EndAll();
        world.ExporterCount.ShouldBe(0);
    });

    [Fact]
    public async Task Imports_that_change_while_subscriptions_come_and_go_leave_none_behind()
    {
        for (int round = 0; round < 20; round++)
        {
            using var world = new World();
            Task changing = Task.Run(() =>
            {
                for (int i = 0; i < 100; i++) world.Do(0, i % 2 == 0 ? [("a.>", "a.>"), ("b", "x")] : [("a.*", "y.*")], "", 0);
            }, TestContext.Current.CancellationToken);
            Task[] subscribing = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                for (int i = 0; i < 300; i++)
                {
                    Subscription subscription = world.Subscribe("*.>");
                    if (i % 3 != 0) world.Unsubscribe(subscription);
                }
            }, TestContext.Current.CancellationToken))];
            await Task.WhenAll([changing, .. subscribing]);
            world.Publish("a.z").Count.ShouldBe(200);
            world.EndAll();
            world.ExporterCount.ShouldBe(0);
        }
    }

    private static string Renamed(string from) => string.Join('.', from.Split('.').Select(token => token is "*" or ">" ? token : token + token));

    private static string Swapped(string from)
    {
        string[] tokens = from.Split('.');
        int stars = tokens.Count(token => token == "*");
        int next = stars;
        return string.Join('.', tokens.Select(token => token == "*" ? $"${next--}" : token));
    }

    private sealed class World : IDisposable, ISubscriber
    {
        private readonly ServerCore _server = new(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        private readonly Account _exporter;
        private readonly Account _importer;
        private readonly List<Subscription> _subscriptions = [];
        private readonly List<string> _delivered = [];
        private (string From, string To)[] _imports = [];

        public World()
        {
            _exporter = new Account(_server, "A");
            _importer = new Account(_server, "B");
        }

        public int ExporterCount => _exporter.Subscriptions.Count;

        public void Do(int what, (string From, string To)[] imports, string filter, int which)
        {
            if (what == 0)
            {
                _imports = imports;
                _importer.Apply(new AccountSharing { StreamImports = [.. imports.Select(Make)] });
            }
            else if (what < 4)
            {
                Subscribe(filter);
            }
            else if (_subscriptions.Count > 0)
            {
                Unsubscribe(_subscriptions[which % _subscriptions.Count]);
            }
        }

        public Subscription Subscribe(string filter)
        {
            var subscription = new Subscription(this, Encoding.ASCII.GetBytes(filter), null, default);
            lock (_subscriptions) _subscriptions.Add(subscription);
            _importer.AddInterest(subscription);
            return subscription;
        }

        public void Unsubscribe(Subscription subscription)
        {
            lock (_subscriptions) _subscriptions.Remove(subscription);
            _importer.RemoveInterest(subscription);
        }

        public void EndAll()
        {
            foreach (Subscription subscription in _subscriptions.ToArray()) Unsubscribe(subscription);
        }

        public List<string> Publish(string subject)
        {
            _delivered.Clear();
            DeliveryContext context = _server.Contexts.Create();
            var message = new Message { Subject = Encoding.ASCII.GetBytes(subject), Body = "\r\n"u8 };
            MessageRouter.Route(context, _exporter, in message);
            return [.. _delivered];
        }

        public List<string> Expected(string subject)
        {
            var expected = new List<string>();
            foreach ((string from, string to) in _imports)
            {
                if (!Subjects.Matches(Encoding.ASCII.GetBytes(subject), Encoding.ASCII.GetBytes(from))) continue;
                string local = Local(from, to, subject);
                foreach (Subscription subscription in _subscriptions)
                {
                    if (Subjects.Matches(Encoding.ASCII.GetBytes(local), subscription.Subject)) expected.Add(Line(local, subscription));
                }
            }

            return expected;
        }

        public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
        {
            _delivered.Add(Line(Encoding.ASCII.GetString(subject), subscription));
            return true;
        }

        public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();

        private static string Line(string subject, Subscription subscription) => $"{subject} for {Encoding.ASCII.GetString(subscription.Subject)}";

        private StreamImport Make((string From, string To) import)
        {
            SubjectTransform? transform = null;
            if (import.From != import.To && ImportSubjects.HasWildcards(import.From))
                SubjectTransform.TryCreate(import.From, TransformText.Tokenize(import.To), strict: true, out transform, out _).ShouldBeTrue();
            return new StreamImport("A", _exporter, import.From, TransformText.Untokenize(import.To), transform, allowTrace: false);
        }

        // Token by token, without any of the code under test.
        private static string Local(string from, string to, string subject)
        {
            string[] filter = from.Split('.'), tokens = subject.Split('.');
            List<string> stars = [.. Enumerable.Range(0, filter.Length).Where(i => filter[i] == "*").Select(i => tokens[i])];
            string rest = filter[^1] == ">" ? string.Join('.', tokens[(filter.Length - 1)..]) : "";
            int next = 0;
            return string.Join('.', to.Split('.').Select(token => token switch
            {
                ">" => rest,
                "*" => stars[next++],
                ['$', .. var place] => stars[int.Parse(place, System.Globalization.CultureInfo.InvariantCulture) - 1],
                _ => token,
            }));
        }
    }
}
