using Xunit;

namespace Interop.Tests;

/// <summary>Operator mode from end to end: accounts pushed over the system account, used, changed, revoked and deleted under connected clients.</summary>
/// <remarks>The steps are in tests/peers/node/operator.mjs, operator_callout.mjs and tests/peers/c/operator.c.</remarks>
public sealed class OperatorTests(LibnatsProgram libnats) : IClassFixture<LibnatsProgram>
{
    public static TheoryData<string> JavaScript =>
    [
        "pushed_accounts_are_listed_looked_up_and_used",
        "what_the_operator_did_not_sign_is_refused",
        "accounts_are_isolated",
        "activated_account_imports_stream_and_service",
        "template_gives_a_scoped_user_its_own_subjects",
        "users_are_held_to_networks_and_hours",
        "connection_ends_with_its_hours",
        "bearer_needs_no_signature",
        "changed_exports_reach_connected_importers",
        "changed_imports_reach_connected_importers",
        "changed_mappings_move_what_clients_publish",
        "changed_limits_hold_for_connected_clients",
        "changed_permissions_hold_for_connected_clients",
        "changed_scope_closes_its_users",
        "revoked_user_is_closed_and_refused",
        "deleted_account_closes_its_users",
        "accounts_survive_a_restart",
        "service_decides_who_comes_in_and_where",
        "only_a_known_key_may_answer",
        "sealed_questions_get_sealed_answers",
        "guests_leave_when_their_time_is_over",
        "nobody_comes_in_while_the_service_is_away",
        "who_brings_no_jwt_comes_with_the_default_sentinel",
    ];

    public static TheoryData<string> C =>
    [
        "credentials_log_in_where_they_are_valid",
        "changed_accounts_reach_a_connected_client",
        "changed_payload_limit_holds_for_a_connected_client",
        "revoked_user_is_closed_and_refused",
        "deleted_account_closes_its_users",
    ];

    [Theory]
    [MemberData(nameof(JavaScript))]
    public Task Transport_node(string scenario) => RunNodeAsync("transport-node", scenario);

    [Theory]
    [MemberData(nameof(JavaScript))]
    public Task Nats_2(string scenario) => RunNodeAsync("nats", scenario);

    [Theory]
    [MemberData(nameof(C))]
    public async Task Libnats(string scenario)
    {
        Peers.RequireNode();
        Peers.RequireLibnats();
        await ScenarioProgram.RunAsync(await libnats.PathAsync(), [], await OperatorSetup.ScenarioAsync(scenario));
    }

    private static async Task RunNodeAsync(string client, string scenario)
    {
        Peers.RequireNode();
        string script = Path.Combine(RepositoryPaths.PeerSources, "node", "run.mjs");
        await ScenarioProgram.RunAsync("node", [script, client], await OperatorSetup.ScenarioAsync(scenario));
    }
}
