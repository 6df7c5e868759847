namespace Interop.Tests;

/// <summary>What each scenario needs of its server; the steps are in the client programs.</summary>
public static class ScenarioCatalog
{
    // Keys of nobody: they exist only here.
    public const string UserSeed = "SUANG5NXCFYGEHU2HB625F5TZWLXETGIVQLNFG66ST4OYTZKFHQ5DCBRM4";
    public const string UserKey = "UAZDBHU37HASVDBHXHGIVWFORVBXWSDGAYQ733374MKIJXZFHSGN7NJP";
    public const string StrangerSeed = "SUAKYR7UQ4NFJVSXNBXKQZNAJEZSQ53N23ZF6XNG4UXHTQZLSWBOBUKKPQ";

    public const string OnePassword = "authorization { user: alice, password: s3cret }";
    public const string Token = "authorization { token: t0ken }";
    public const string NKey = "authorization { users: [ { nkey: " + UserKey + " } ] }";
    public const string Tls = "tls { cert_file: '@DIR@/server.pem', key_file: '@DIR@/server.key' }";
    public const string TlsFirst = "tls { cert_file: '@DIR@/server.pem', key_file: '@DIR@/server.key', handshake_first: true }";
    public const string TlsVerify = "tls { cert_file: '@DIR@/server.pem', key_file: '@DIR@/server.key', ca_file: '@DIR@/ca.pem', verify: true }";
    public const string SmallPayload = "max_payload: 64";
    public const string QuickPings = "ping_interval: '200ms', ping_max: 1";
    public const string TwoConnections = "max_connections: 2";
    public const string ThreeSubscriptions = "max_subscriptions: 3";
    public const string LameDuck = "lame_duck_duration: '30s', lame_duck_grace_period: '5s'";

    public const string JetStream = "jetstream { store_dir: '@DIR@/jetstream', max_mem: 64MB, max_file: 1GB }";
    public const string Domain = "jetstream { store_dir: '@DIR@/jetstream', max_mem: 64MB, max_file: 1GB, domain: hub }";

    // The hash of "s3cret" at the lowest cost.
    public const string Bcrypt =
        "authorization { user: alice, password: '$2a$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG' }";

    public const string NoAuthUser = """
        authorization { users: [ { user: guest, password: s3cret, permissions: { publish: ["works"] } } ] }
        no_auth_user: guest
        """;

    public const string Permissions = """
        authorization { users: [ { user: alice, password: s3cret, permissions: {
          publish: { allow: ["open.>", "data.>", "jobs"], deny: ["data.private"] }
          subscribe: { allow: ["open.>", "data.>", "jobs workers", "_INBOX.>"] } } } ] }
        """;

    public const string Responses = """
        authorization { users: [
          { user: service, password: s3cret, permissions: { subscribe: ["svc"], allow_responses: true } }
          { user: caller, password: s3cret } ] }
        """;

    /// <summary>Scenarios of the JavaScript clients, by the name of their function.</summary>
    public static IReadOnlyList<Scenario> JavaScript { get; } =
    [
        new("connect_reports_the_server"),
        new("publish_reaches_the_subscriber"),
        new("subscriber_on_another_connection_gets_it"),
        new("star_matches_exactly_one_token"),
        new("greater_than_matches_every_tail"),
        new("overlapping_subscriptions_each_get_a_copy"),
        new("queue_group_takes_each_message_once"),
        new("every_queue_group_and_plain_subscriber_gets_a_copy"),
        new("queue_group_survives_a_member_that_leaves"),
        new("headers_travel_with_the_message"),
        new("headers_travel_without_a_payload"),
        new("binary_payload_arrives_unchanged"),
        new("payload_as_large_as_the_limit_passes"),
        new("payload_limit_is_learned_and_enforced", SmallPayload),
        new("unsubscribe_after_a_count_stops_there"),
        new("unsubscribe_stops_delivery"),
        new("no_echo_keeps_own_messages_away"),
        new("verbose_and_pedantic_clients_are_served"),
        new("hundred_thousand_messages_arrive_in_order"),
        new("ten_thousand_subscriptions_on_one_connection"),
        new("subjects_may_be_unicode"),
        new("request_gets_the_reply"),
        new("request_with_its_own_inbox_gets_the_reply"),
        new("concurrent_requests_get_their_own_replies"),
        new("request_many_collects_all_replies"),
        new("queue_group_answers_a_request_once"),
        new("request_without_responders_fails_at_once"),
        new("no_responders_status_names_the_subject"),
        new("request_that_nobody_answers_times_out"),
        new("reply_carries_headers"),
        new("custom_inbox_prefix_is_used"),
        new("user_and_password_log_in", OnePassword),
        new("bcrypted_password_logs_in", Bcrypt),
        new("wrong_password_is_refused", OnePassword),
        new("unknown_user_is_refused", OnePassword),
        new("missing_credentials_are_refused", OnePassword),
        new("token_logs_in", Token),
        new("wrong_token_is_refused", Token),
        new("nkey_logs_in", NKey),
        new("unknown_nkey_is_refused", NKey),
        new("anonymous_client_becomes_the_no_auth_user", NoAuthUser),
        new("publish_permission_is_reported_and_connection_stays", Permissions),
        new("subscribe_permission_ends_that_subscription", Permissions),
        new("queue_permission_limits_the_groups", Permissions),
        new("responder_may_answer_but_not_publish", Responses),
        new("deny_wins_over_allow", Permissions),
        new("tls_client_is_served", Tls) { Certificates = true },
        new("tls_certificate_of_a_stranger_is_not_trusted", Tls) { Certificates = true },
        new("tls_client_certificate_is_demanded", TlsVerify) { Certificates = true },
        new("tls_handshake_may_come_first", TlsFirst) { Certificates = true },
        new("round_trip_time_is_measured"),
        new("client_pings_are_answered"),
        new("server_pings_are_answered", QuickPings),
        new("drained_subscription_handles_what_is_in_flight"),
        new("drained_connection_publishes_and_closes"),
        new("close_is_clean"),
        new("client_reconnects_and_subscribes_again_after_a_restart"),
        new("lame_duck_mode_is_announced_before_the_close", LameDuck),
        new("connection_limit_refuses_one_more", TwoConnections),
        new("subscription_limit_refuses_one_more", ThreeSubscriptions),
        new("stream_is_managed", JetStream),
        new("publish_is_acknowledged_once", JetStream),
        new("messages_are_read_removed_and_purged", JetStream),
        new("domain_is_used_by_the_client", Domain),
        new("consumer_is_managed", JetStream),
        new("fetch_takes_a_batch_and_acks_move_the_floor", JetStream),
        new("next_waits_and_ends_with_nothing", JetStream),
        new("consume_goes_on_until_it_is_stopped", JetStream),
        new("nak_delay_term_and_progress_are_honoured", JetStream),
        new("unacknowledged_messages_come_back_after_the_wait", JetStream),
        new("filters_select_and_start_points_begin", JetStream),
        new("ordered_consumer_reads_everything_in_order", JetStream),
        new("ordered_consumer_goes_on_when_its_consumer_is_deleted", JetStream),
        new("push_consumer_delivers_to_who_listens", JetStream),
        new("work_queue_gives_each_message_to_one_worker", JetStream),
        new("paused_consumer_waits_and_goes_on", JetStream),
        new("durable_consumer_remembers_across_a_restart", JetStream),
        new("idle_ephemeral_consumer_goes_away", JetStream),
        new("keys_are_put_read_and_deleted", JetStream),
        new("keys_change_only_as_expected", JetStream),
        new("history_and_keys_are_listed", JetStream),
        new("watcher_sees_what_was_and_what_comes", JetStream),
        new("watchers_choose_what_they_see", JetStream),
        new("keys_expire_and_leave_markers", JetStream),
        new("purged_keys_leave_nothing", JetStream),
        new("bucket_survives_a_restart", JetStream),
        new("thousand_keys_are_watched_completely", JetStream),
        new("object_travels_in_chunks_and_back", JetStream),
        new("objects_are_replaced_listed_and_deleted", JetStream),
        new("object_metadata_changes_and_links_point", JetStream),
        new("watcher_sees_objects_come_and_go", JetStream),
        new("sealed_store_takes_nothing_more", JetStream),
        new("service_answers_and_is_found"),
        new("instances_of_a_service_share_its_requests"),
    ];

    /// <summary>Scenarios of the C client, by the name of their function.</summary>
    public static IReadOnlyList<Scenario> Libnats { get; } =
    [
        new("publish_reaches_the_subscriber"),
        new("star_matches_exactly_one_token"),
        new("greater_than_matches_every_tail"),
        new("queue_group_takes_each_message_once"),
        new("headers_travel_with_the_message"),
        new("request_gets_the_reply"),
        new("request_without_responders_fails_at_once"),
        new("request_that_nobody_answers_times_out"),
        new("unsubscribe_after_a_count_stops_there"),
        new("no_echo_keeps_own_messages_away"),
        new("verbose_and_pedantic_clients_are_served"),
        new("payload_limit_is_learned_and_enforced", SmallPayload),
        new("hundred_thousand_messages_arrive_in_order"),
        new("user_and_password_log_in", OnePassword),
        new("bcrypted_password_logs_in", Bcrypt),
        new("wrong_password_is_refused", OnePassword),
        new("missing_credentials_are_refused", OnePassword),
        new("token_logs_in", Token),
        new("wrong_token_is_refused", Token),
        new("nkey_logs_in", NKey),
        new("nkey_with_a_strangers_signature_is_refused", NKey),
        new("permission_errors_are_reported_and_connection_stays", Permissions),
        new("tls_client_is_served", Tls) { Certificates = true },
        new("tls_certificate_of_a_stranger_is_not_trusted", Tls) { Certificates = true },
        new("tls_client_certificate_is_demanded", TlsVerify) { Certificates = true },
        new("round_trip_time_is_measured"),
        new("client_pings_are_answered"),
        new("drained_connection_publishes_and_closes"),
        new("client_reconnects_and_subscribes_again_after_a_restart"),
        new("lame_duck_mode_is_announced_before_the_close", LameDuck),
        new("published_messages_are_acknowledged_once", JetStream),
        new("pull_subscription_fetches_and_acknowledges", JetStream),
        new("push_subscription_delivers_in_order", JetStream),
        new("durable_push_subscription_is_acknowledged", JetStream),
        new("bucket_keys_change_only_as_expected", JetStream),
    ];
}
