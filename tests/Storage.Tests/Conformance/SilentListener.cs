using DotNats.Storage;

namespace Storage.Tests.Conformance;

internal sealed class SilentListener : ILogListener
{
    public void OnCommitted(long position)
    {
    }

    public void OnFailed(LogStatus status, string reason)
    {
    }

    public void OnRemoved(
        ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
    {
    }
}
