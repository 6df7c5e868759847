namespace DotNats.JetStream.Api;

/// <summary>Requests that only servers of a cluster can fulfil.</summary>
internal static class ClusterHandlers
{
    public static IEnumerable<ApiRoute> Routes()
    {
        yield return Route(ApiSubjects.StreamStepDown, "stream_leader_stepdown_response");
        yield return Route(ApiSubjects.ConsumerStepDown, "consumer_leader_stepdown_response");
        yield return Route(ApiSubjects.StreamRemovePeer, "stream_remove_peer_response");
        yield return Route(ApiSubjects.StreamEvacuatePeer, "stream_evacuate_peer_response");
        yield return Route(ApiSubjects.StreamCancelMove, "stream_cancel_move_response");
    }

    // Compat: told before anything else is looked at.
    private static ApiRoute Route(string subject, string type) =>
        new(subject, ApiAnswers.TypePrefix + type, static request => new(ApiAnswers.Error(request.Route.Type, ApiErrors.ClusterRequired))) { IsForAll = true };
}
