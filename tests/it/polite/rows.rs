//! Where each row of the acceptance table is proved.
//!
//! Rows are named by their ids: C conditional requests, P when to poll, E errors, R redirects, H
//! shape and load, B robots.txt, I identity, W and K push, D discovery and paging, N sitemaps.

use std::fs;

use super::push;
use crate::shipped::project;

/// Sections with the number of their rows.
const SECTIONS: [(&str, usize); 11] = [
    ("c", 18),
    ("p", 23),
    ("e", 24),
    ("r", 13),
    ("h", 12),
    ("b", 8),
    ("i", 12),
    ("w", 14),
    ("k", 1),
    ("d", 6),
    ("n", 3),
];

/// A row, the file and the name of a test that proves it; some have more tests by the same id.
const PLACES: &str = "
c01 tests/it/polite/conditional.rs c01_first_fetch_is_one_unconditional_get
c02 tests/it/polite/conditional.rs c02_both_validators_go_back_byte_for_byte
c03 tests/it/polite/conditional.rs c03_weak_etag_keeps_its_mark
c04 tests/it/polite/conditional.rs c04_strange_etags_go_back_unchanged
c05 tests/it/polite/conditional.rs c05_impossible_dates_go_back_unchanged
c06 tests/it/polite/conditional.rs c06_one_validator_makes_one_condition
c07 tests/it/polite/conditional.rs c07_changed_etag_beside_an_unchanged_date_is_taken
c08 tests/it/polite/conditional.rs c08_new_validators_on_the_same_body_bring_nothing_new
c09 tests/it/polite/conditional.rs c09_not_modified_updates_what_is_stored
c10 tests/it/polite/conditional.rs c10_bare_not_modified_keeps_validators
c11 tests/it/polite/conditional.rs c11_document_without_validators_clears_them
c12 tests/it/polite/conditional.rs c12_not_modified_to_a_first_request_is_a_failure
c13 tests/it/polite/conditional.rs c13_eternal_not_modified_is_doubted_once_a_week
c14 tests/it/polite/conditional.rs c14_restart_keeps_validators_and_the_next_time
c15 tests/it/polite/conditional.rs c15_unreadable_body_keeps_the_old_validators
c16 tests/it/net.rs c16_cut_bodies_are_failures
c17 tests/it/polite/conditional.rs c17_validators_go_only_to_the_address_that_issued_them
c18 tests/it/polite/conditional.rs c18_no_store_and_expired_answers_are_asked_for_conditionally
p01 tests/it/polite/when.rs p01_max_age_is_waited_for
p02 tests/it/polite/when.rs p02_age_has_passed_already
p03 tests/it/polite/when.rs p03_max_age_comes_before_expires
p04 tests/it/polite/when.rs p04_s_maxage_is_not_for_us
p05 tests/it/polite/when.rs p05_expires_counts_from_the_servers_own_date
p06 tests/it/polite/when.rs p06_expired_answers_make_no_loop
p07 tests/it/polite/when.rs p07_long_max_age_is_capped_at_a_day
p08 tests/it/polite/when.rs p08_odd_cache_control_is_read_or_ignored
p09 tests/it/polite/when.rs p09_not_modified_brings_a_new_wish
p10 tests/it/polite/when.rs p10_ttl_is_waited_for
p11 tests/it/polite/when.rs p11_skip_hours_are_kept
p12 tests/it/polite/when.rs p12_skip_days_are_kept
p13 tests/it/polite/when.rs p13_update_period_and_frequency_make_a_hint
p14 tests/it/polite/when.rs p14_longest_of_several_hints_wins
p15 tests/it/polite/when.rs p15_quiet_feed_with_validators_is_polled_hourly
p16 tests/it/polite/when.rs p16_quiet_feed_without_validators_is_polled_at_the_configured_pace
p17 tests/it/polite/when.rs p17_busy_feeds_are_polled_more_often_than_quiet_ones
p18 tests/it/polite/when.rs p18_feeds_with_one_interval_are_spread
p19 tests/it/polite/when.rs p19_steady_polling_is_never_early
p20 tests/it/feeds_told.rs p20_polls_by_hand_keep_the_servers_word_unless_forced
p21 tests/it/polite/when.rs p21_clock_jumps_cause_neither_burst_nor_stall
p22 tests/it/polite/when.rs p22_overdue_feeds_come_oldest_first_and_not_at_once
e01 tests/it/polite/errors.rs e01_retry_after_counts_for_the_whole_host
e02 tests/it/polite/errors.rs e02_retry_after_as_a_date_counts_from_the_servers_date
e03 tests/it/polite/errors.rs e03_bare_429_waits_four_hours_and_doubles
e04 tests/it/polite/errors.rs e04_retry_after_with_503_lengthens_and_never_shortens
e05 tests/it/polite/errors.rs e05_retry_after_counts_with_every_failure
e06 tests/it/polite/errors.rs e06_odd_retry_after_is_ignored_or_capped
e07 tests/it/polite/errors.rs e07_redirect_with_retry_after_is_followed_later
e08 tests/it/polite/errors.rs e08_gone_is_confirmed_a_day_later
e09 tests/it/polite/errors.rs e09_missing_feed_backs_off_to_a_day_and_stays
e10 tests/it/polite/errors.rs e10_refusals_wait_four_hours
e11 tests/it/polite/errors.rs e11_server_errors_back_off_until_success
e12 tests/it/net.rs e12_failures_have_classes
e13 tests/it/net_tls.rs e13_wrong_certificates_are_refused_in_plain_words
e14 tests/it/net.rs e14_silence_ends_at_the_header_timeout
e15 tests/it/net.rs e15_dripping_body_ends_at_the_total_timeout
e16 tests/it/net.rs e16_e17_bodies_end_at_the_limit
e17 tests/it/net.rs e16_e17_bodies_end_at_the_limit
e18 tests/it/net_packed.rs e18_body_decides_how_it_is_packed
e19 tests/it/polite/errors.rs e19_web_page_instead_of_a_feed_keeps_everything
e20 tests/it/polite/errors.rs e20_empty_answers_keep_everything
e21 tests/it/polite/errors.rs e21_feed_recovers_by_itself_after_twenty_failures
e22 tests/it/polite/errors.rs e22_hanging_host_delays_nobody_else
e23 tests/it/polite/errors.rs e23_content_decides_and_not_its_type
e24 tests/it/polite/errors.rs e24_page_that_refreshes_elsewhere_is_not_followed
r01 tests/it/polite/redirects.rs r01_permanent_redirect_is_believed_after_ten_sightings_and_three_days
r02 tests/it/polite/redirects.rs r02_308_is_a_permanent_redirect
r03 tests/it/polite/redirects.rs r03_temporary_redirects_change_no_address
r04 tests/it/polite/redirects.rs r04_permanent_then_temporary_is_temporary
r05 tests/it/polite/redirects.rs r05_permanent_redirect_to_no_feed_is_a_failure
r06 tests/it/polite/redirects.rs r06_three_feeds_with_one_target_do_not_merge
r07 tests/it/polite/redirects.rs r07_redirect_loops_end_and_back_off
r08 tests/it/polite/redirects.rs r08_permanent_redirect_to_http_is_never_stored
r09 tests/it/fetch.rs r09_redirect_to_a_private_address_is_refused
r10 tests/it/polite/redirects.rs r10_move_to_a_watched_address_is_one_fetch
r11 tests/it/polite/redirects.rs r11_credentials_stay_with_their_origin
r12 tests/it/net.rs r12_no_request_says_where_we_come_from
r13 tests/it/polite/redirects.rs r13_odd_locations_are_resolved
h01 tests/it/polite/shape.rs h01_user_agent_is_constant_and_names_a_contact
h02 tests/it/polite/shape.rs h02_accept_names_feeds_first
h03 tests/it/net_memory.rs h01_h03_h05_request_is_complete_before_it_is_carried
h04 tests/it/net.rs h01_h04_request_is_honest_and_lean
h05 tests/it/polite/shape.rs h05_address_is_asked_as_it_was_written
h06 tests/it/polite/shape.rs h06_one_connection_per_host_and_a_gap
h07 tests/it/polite/shape.rs h07_all_hosts_together_stay_below_the_limit
h08 tests/it/net_tls.rs h08_http_2_is_used_where_it_is_offered
h09 tests/it/polite/shape.rs h09_same_address_twice_is_one_request
h10 tests/it/polite/shape.rs h10_poll_fetches_the_feed_and_nothing_else
h11 tests/it/net.rs h11_dropped_connection_is_replaced
h12 src/net/client/tests.rs h12_dead_ipv6_does_not_hide_an_alive_ipv4
b01 tests/it/robots.rs b01_each_site_speaks_for_itself
b02 src/collect/robots/tests.rs b02_longest_rule_wins_and_a_tie_allows
b03 tests/it/robots.rs b03_no_robots_txt_allows_all
b04 tests/it/robots.rs b04_unreachable_robots_txt_closes_the_site
b05 tests/it/robots_over_http.rs b05_five_redirects_lead_to_the_rules_of_the_first_host
b06 tests/it/robots.rs b06_what_a_site_says_holds_for_a_day
b07 tests/it/robots_over_http.rs b07_two_megabytes_are_cut
b08 src/collect/robots/tests.rs b08_rules_between_bad_lines_count
i01 tests/it/polite/identity.rs i01_shared_guid_keeps_items_apart
i02 tests/it/polite/identity.rs i02_changing_guid_is_one_article_and_one_alert
i03 tests/it/polite/identity.rs i03_single_item_with_a_constant_guid_is_a_new_article_each_time
i04 tests/it/polite/identity.rs i04_changing_date_is_no_alert
i05 tests/it/polite/identity.rs i05_edited_article_is_updated_and_told_once
i06 tests/it/polite/identity.rs i06_old_version_for_two_polls_changes_nothing
i07 tests/it/polite/identity.rs i07_append_only_feed_costs_its_new_items_only
i08 tests/it/polite/identity.rs i08_future_date_counts_as_first_seen
i09 tests/it/polite/identity.rs i09_undated_article_counts_from_first_seen
i10 tests/it/polite/identity.rs i10_text_alone_names_an_article
i11 tests/it/polite/identity.rs i11_site_feed_burner_and_mobile_feed_bring_one_article
i12 tests/it/polite/identity.rs i12_links_to_other_sites_are_articles_of_their_own
d01 src/collect/discover/alternates.rs d01_alternates_are_found_however_they_are_written
d02 src/collect/discover/alternates.rs d02_main_feed_comes_first
d03 tests/it/kinds.rs d03_d05_gap_is_filled_from_the_archive
d04 src/collect/archive.rs d04_latest_entry_wins_and_a_tie_goes_to_the_newest_document
d05 tests/it/kinds.rs d03_d05_gap_is_filled_from_the_archive
d06 tests/it/polite/when.rs d06_overflowing_feed_is_polled_sooner_once
n01 tests/it/sitemap.rs n01_news_sitemaps_are_read_like_feeds
n02 tests/it/kinds.rs n02_n03_index_of_news_sitemaps_is_followed
n03 tests/it/kinds.rs n02_n03_index_of_news_sitemaps_is_followed
";

fn all_rows() -> Vec<String> {
    let of_section = |(letter, n_rows): (&str, usize)| {
        (1..=n_rows).map(|number| format!("{letter}{number:02}")).collect::<Vec<_>>()
    };
    SECTIONS.into_iter().flat_map(of_section).collect()
}

/// The ids in front of a test's name.
fn ids(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').take_while(|it| it.len() == 3 && it[1..].parse::<u8>().is_ok())
}

/// Goal: no row is forgotten, and whoever looks for one finds its test.
#[test]
fn every_row_has_its_test_or_does_not_apply() {
    let places: Vec<Vec<&str>> =
        PLACES.trim().lines().map(|line| line.split(' ').collect()).collect();
    let proved = places.iter().map(|place| place[0]);
    let mut listed: Vec<&str> = proved.chain(push::ROWS).collect();
    let mut wanted = all_rows();
    listed.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(wanted.len(), 134);
    assert_eq!(listed, wanted, "each row once");
    let is_wrong = |place: &&Vec<&str>| {
        let text = fs::read_to_string(project(place[1])).unwrap_or_default();
        let is_there = text.contains(&format!("fn {}(", place[2]));
        !is_there || ids(place[2]).all(|id| id != place[0])
    };
    let wrong: Vec<_> = places.iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "no such test: {wrong:#?}");
}
