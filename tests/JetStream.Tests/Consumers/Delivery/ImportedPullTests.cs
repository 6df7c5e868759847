using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Xunit;

namespace JetStream.Tests.Consumers;

public sealed class ImportedPullTests
{
    [Fact]
    public async Task A_pull_request_from_another_account_gets_messages_under_their_own_subject()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        await client.StoreAsync(server, "S", "a one");
        await server.StartConsumerAsync("S", TestConsumers.Durable("C"));
        // Another account that imports the request, as the API is imported.
        var other = new Account(server.Core, "OTHER");
        other.ImportService(server.Core.Accounts.Global, "$JS.API.CONSUMER.MSG.NEXT.S.C", "next");
        var inbox = new Listener();
        other.AddInterest(new Subscription(inbox, "in"u8.ToArray(), queue: null, new SubscriptionId("1"u8)));
        InternalPublisher.Publish(server.Core, other, "next"u8, "in"u8, default, "1"u8);
        await Eventually.HoldsAsync(() => inbox.Received == "a one", "the message came");
    }

    private sealed class Listener : ISubscriber
    {
        private volatile string _received = "";

        public string Received => _received;

        public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
        {
            _received = $"{System.Text.Encoding.ASCII.GetString(subject)} {System.Text.Encoding.ASCII.GetString(message.Body[..message.Size])}";
            return true;
        }
    }
}
