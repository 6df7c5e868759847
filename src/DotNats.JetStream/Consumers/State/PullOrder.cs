namespace DotNats.JetStream.Consumers.State;

/// <summary>Waiting pull requests in the order in which they are served.</summary>
// Owner: one PullQueue. Invariant: each request is in it once.
internal sealed class PullOrder
{
    public WaitingPull? First { get; private set; }

    public WaitingPull? Last { get; private set; }

    public int Count { get; private set; }

    public void Add(WaitingPull pull) => AddBehind(pull, Last);

    /// <summary>Adds a request behind all of its priority and those that come before it.</summary>
    public void AddByPriority(WaitingPull pull)
    {
        WaitingPull? place = Last;
        while (place is not null && place.Priority > pull.Priority) place = place.Previous;
        AddBehind(pull, place);
    }

    public void Remove(WaitingPull pull)
    {
        if (pull.Previous is null) First = pull.Next;
        else pull.Previous.Next = pull.Next;
        if (pull.Next is null) Last = pull.Previous;
        else pull.Next.Previous = pull.Previous;
        pull.Previous = pull.Next = null;
        Count--;
    }

    private void AddBehind(WaitingPull pull, WaitingPull? place)
    {
        pull.Previous = place;
        pull.Next = place is null ? First : place.Next;
        if (pull.Next is null) Last = pull;
        else pull.Next.Previous = pull;
        if (place is null) First = pull;
        else place.Next = pull;
        Count++;
    }
}
