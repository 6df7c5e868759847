using System.Collections.Concurrent;

namespace DotNats.Mqtt.Store;

/// <summary>Names of which each is somebody's for a while: nobody blocks a thread for one.</summary>
// Any thread. Invariant: a name is in _held exactly while somebody has it; its task ends when it is let go.
internal sealed class NameLocks
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _held = new(StringComparer.Ordinal);

    /// <summary>Takes a name; false where somebody has it.</summary>
    public bool TryTake(string name) => _held.TryAdd(name, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Takes a name when it is free.</summary>
    public async Task TakeAsync(string name)
    {
        while (!TryTake(name))
        {
            if (_held.TryGetValue(name, out TaskCompletionSource? freed)) await freed.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Lets go of a name.</summary>
    public void GiveBack(string name)
    {
        if (_held.TryRemove(name, out TaskCompletionSource? freed)) freed.SetResult();
    }
}
