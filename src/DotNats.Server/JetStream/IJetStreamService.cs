using DotNats.Server.Accounts;
using DotNats.Server.Monitoring;

namespace DotNats.Server.JetStream;

/// <summary>JetStream as the server below it sees it: a part that may be there, and plugs in from above.</summary>
/// <remarks>Streams live in accounts as subscribers like any other; nothing of JetStream is on the way of a message that no stream listens to.</remarks>
// Owner: ServerCore holds it from its start to its end; null where JetStream is not wanted. Implemented by DotNats.JetStream, faked by tests.
internal interface IJetStreamService : IAsyncDisposable
{
    /// <summary>False before the start, and once it has stopped, by itself or because it was told to.</summary>
    bool IsEnabled { get; }

    /// <summary>Opens the store, recovers what is in it, and answers the API from then on.</summary>
    /// <exception cref="JetStreamStartException">It cannot be started.</exception>
    Task StartAsync();

    /// <summary>New options are in force, JetStream being wanted before and after: limits may have changed, and which accounts have it.</summary>
    void OnOptionsChanged(NatsServerOptions options);

    /// <summary>What an account may do has changed, or it is new. One call at a time for one account.</summary>
    void OnAccountChanged(Account account);

    /// <summary>The account is no more; its streams stay on disk.</summary>
    void OnAccountRemoved(Account account);

    /// <summary>Whether an account has streams or may make some.</summary>
    bool IsEnabledFor(Account account);

    /// <summary>The part of <c>/varz</c>, or of the heartbeat.</summary>
    JetStreamFacts Describe();

    /// <summary><c>/jsz</c>.</summary>
    /// <param name="error">Why there is no answer; null otherwise.</param>
    JszSnapshot? Describe(JszQuery query, out string? error);

    /// <summary>Whether JetStream, or the account, stream or consumer that is asked about, is fit to work.</summary>
    HealthSnapshot Check(HealthzQuery query);

    /// <summary>Adds its queues to those monitoring shows.</summary>
    void CopyQueues(List<QueueFacts> target);
}

/// <summary>Why JetStream cannot be started, in nats-server's words.</summary>
internal sealed class JetStreamStartException(string message, Exception? inner = null) : Exception(message, inner);
