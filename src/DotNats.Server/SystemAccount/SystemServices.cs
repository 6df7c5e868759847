using System.Text;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>What the server says and answers in its system account.</summary>
// Owner: ServerCore. Lifetime: from the server's start to its end; a reload cannot name another system account.
internal sealed class SystemServices : IDisposable
{
    // How long a stop waits until its event is on its way: nats-server's number.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1);

    private readonly ServerCore _server;
    private readonly Nuid _ids = new();
    private readonly InternalClient _requests;
    private readonly InternalClient _pings;
    private readonly InternalClient _peerMessages;
    private readonly OwnAccountImports _imports;
    private int _isDisposed;

    public SystemServices(ServerCore server, Account account)
    {
        _server = server;
        Account = account;
        Sender = new SystemSender(server);
        Connections = new ConnectionEvents(server, this);
        AccountConnections = new AccountConnections(server, this);
        Heartbeat = new StatszHeartbeat(server, this);
        Peers = new Peers(server);
        // Named as nats-server's queues, which monitoring shows.
        _requests = new InternalClient(server, account, "System recvQ");
        _pings = new InternalClient(server, account, "System recvQ Pings");
        _peerMessages = new InternalClient(server, account, "System recvQ Servers");
        _imports = new OwnAccountImports(server, account);
    }

    public Account Account { get; }

    public SystemSender Sender { get; }

    public ConnectionEvents Connections { get; }

    public AccountConnections AccountConnections { get; }

    public StatszHeartbeat Heartbeat { get; }

    public Peers Peers { get; }

    public void Start()
    {
        var requests = new RequestServer(_server, this);
        SubscribeServerRequests(requests);
        SubscribeAccountRequests(requests);
        SubscribeServerMessages();
        _imports.Start();
        Heartbeat.Start();
        Peers.Start();
    }

    /// <summary>An id for an event.</summary>
    public string NextId() => _ids.Next();

    /// <summary>Whether anybody but this server listens to a subject of the system account.</summary>
    public bool HasListeners(string subject) => HasListeners(Account, subject, _peerMessages);

    /// <summary>Whether anybody listens to a subject of an account.</summary>
    public static bool HasListeners(Account account, string subject) => HasListeners(account, subject, null);

    /// <summary>New options are in force.</summary>
    public void OnOptionsChanged(NatsServerOptions before, NatsServerOptions after)
    {
        AccountConnections.Prune();
        bool isOtherServer = !before.ServerTags.SequenceEqual(after.ServerTags) || !SameMetadata(before.ServerMetadata, after.ServerMetadata);
        if (isOtherServer) Heartbeat.Send();
    }

    /// <summary>The server empties itself. Compat: nats-server's event is the last it sends, requests are not answered any more.</summary>
    public void EnterLameDuck() => PostLast(SystemSubjects.LameDuck(_server.Id));

    /// <summary>The server stops: says so while its listeners are still connected.</summary>
    public async Task ShutdownAsync()
    {
        PostLast(SystemSubjects.Shutdown(_server.Id));
        await Sender.FlushAsync(LastWord).ConfigureAwait(false);
        Dispose();
    }

    /// <summary>Adds the queues that monitoring shows.</summary>
    public void CopyQueues(List<QueueFacts> target)
    {
        foreach (InternalClient client in (ReadOnlySpan<InternalClient>)[_requests, _pings, _peerMessages]) target.Add(Describe(client.Name, client.Pending, client.IsHandling));
        target.Add(Describe("System sendQ", Sender.Pending, Sender.IsSending));
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _imports.Stop();
        Heartbeat.Stop();
        Peers.Stop();
        AccountConnections.Stop();
        _requests.Dispose();
        _pings.Dispose();
        _peerMessages.Dispose();
        Sender.Close();
    }

    private void SubscribeServerRequests(RequestServer requests)
    {
        var monitoring = new ServerRequests(_server, this, requests);
        _pings.Subscribe(SystemSubjects.PingServers, null, monitoring.Statistics);
        SubscribeServerRequest(_pings, "STATSZ", monitoring.Statistics);
        foreach ((string name, Action<InternalMessage> handler) in monitoring.All()) SubscribeServerRequest(_requests, name, handler);
        var control = new ControlRequests(_server, requests);
        _requests.Subscribe(SystemSubjects.ServerRequest(_server.Id, "RELOAD"), null, control.Reload);
        _requests.Subscribe(SystemSubjects.ServerRequest(_server.Id, "KICK"), null, control.Kick);
        _requests.Subscribe(SystemSubjects.ServerRequest(_server.Id, "LDM"), null, control.LameDuck);
    }

    private void SubscribeServerRequest(InternalClient client, string name, Action<InternalMessage> handler)
    {
        client.Subscribe(SystemSubjects.ServerRequest(_server.Id, name), null, handler);
        client.Subscribe(SystemSubjects.ServerRequest("PING", name), null, handler);
    }

    private void SubscribeAccountRequests(RequestServer requests)
    {
        var accounts = new AccountRequests(_server, this, requests);
        foreach ((string name, Action<InternalMessage> handler) in accounts.All()) _requests.Subscribe(SystemSubjects.AccountRequest("*", name), null, handler);
        _requests.Subscribe(SystemSubjects.AccountRequest("PING", "STATZ"), null, accounts.PingStatistics);
        _requests.Subscribe(SystemSubjects.UserRequest("*"), null, new UserInfoRequest(_server, requests).Answer);
        var counts = new SubscriberCounts(_server, this, requests);
        _requests.Subscribe(SystemSubjects.SubscriberCounts, null, counts.Count);
        _requests.Subscribe(SystemSubjects.DebugSubscribers, null, counts.Debug);
    }

    private void SubscribeServerMessages()
    {
        _peerMessages.Subscribe(SystemSubjects.Statistics("*"), null, Peers.OnStatistics);
        _peerMessages.Subscribe(SystemSubjects.Shutdown("*"), null, Peers.OnLeaving);
        _peerMessages.Subscribe(SystemSubjects.LameDuck("*"), null, Peers.OnLeaving);
        // Compat: servers of a cluster or supercluster tell each other these. A server without links hears of nobody, but clients see the
        // subscriptions in /subsz and their number in /varz.
        string hash = ServerHash.Of(_server.Name);
        string[] betweenServers =
        [
            SystemSubjects.OldAccountConnections("*"), $"$SYS._INBOX_.{_server.Id}", $"$SYS._INBOX.{hash}.*", $"$SYS.LATENCY.M2.{hash}",
            "$SYS.ACCOUNT.*.LEAFNODE.CONNECT",
        ];
        foreach (string subject in betweenServers) _peerMessages.Subscribe(subject, null, static _ => { });
    }

    private void PostLast(string subject) => Sender.Post(Account, subject, static block => block, SystemJson.Compact.ServerBlock, isLast: true);

    private static bool HasListeners(Account account, string subject, InternalClient? but)
    {
        Span<byte> bytes = stackalloc byte[256];
        if (!Encoding.UTF8.TryGetBytes(subject, bytes, out int length)) return account.Subscriptions.HasInterestBesides(Encoding.UTF8.GetBytes(subject), but);
        return account.Subscriptions.HasInterestBesides(bytes[..length], but);
    }

    private static QueueFacts Describe(string name, int pending, bool isBusy) => new(name, Math.Max(0, pending - (isBusy ? 1 : 0)), isBusy ? 1 : 0);

    private static bool SameMetadata(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out string? value) && value == pair.Value);
}
