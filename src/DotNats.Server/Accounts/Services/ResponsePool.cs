using System.Collections.Concurrent;

namespace DotNats.Server.Accounts;

/// <summary>Used <see cref="ServiceResponse"/>s, for the next requests.</summary>
// Owner: the server; any thread. Lifetime: the server's. Invariant: what is in here is in no table and nobody else refers to it.
internal sealed class ResponsePool
{
    // Requests on their way at once that cost no allocation; about 0.5 MB at most.
    private const int MaxKept = 4096;

    private readonly ConcurrentQueue<ServiceResponse> _free = new();
    private int _count;

    public ServiceResponse Rent()
    {
        if (!_free.TryDequeue(out ServiceResponse? response)) return new ServiceResponse();
        Interlocked.Decrement(ref _count);
        return response;
    }

    public void Return(ServiceResponse response)
    {
        response.Clear();
        if (Interlocked.Increment(ref _count) <= MaxKept) _free.Enqueue(response);
        else Interlocked.Decrement(ref _count);
    }
}
