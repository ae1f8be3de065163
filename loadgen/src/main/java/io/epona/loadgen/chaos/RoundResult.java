package io.epona.loadgen.chaos;

import java.util.List;

/**
 * What came of one round. Times in ms; -1 where there is none or it was not seen.
 *
 * @param category      of the round.
 * @param targets       what it was done to.
 * @param hit           partitions that it concerned, those that the targets led.
 * @param counted       whether one of these had acknowledged a record in the last 100 ms before.
 * @param lastedMs      from the beginning of the fault to its end: the restart, the other's going on, the healing.
 * @param electedMs     from the beginning until all of them were led again.
 * @param unavailableMs longest time that one of them did not acknowledge.
 * @param ackedMs       from the end until all of them had acknowledged, 0 where they had before.
 * @param inSyncMs      from the end until all replicas of all partitions were in sync.
 * @param stopMs        that a stop in order took.
 * @param load          of the machine: processes that ran or wanted to, over the last minute.
 * @param late          what came, and later than it should.
 * @param violations    what should not have been.
 */
record RoundResult(
    Category category,
    String targets,
    int hit,
    boolean counted,
    long lastedMs,
    long electedMs,
    long unavailableMs,
    long ackedMs,
    long inSyncMs,
    long stopMs,
    double load,
    List<String> late,
    List<String> violations)
{
    static final String HEADER = "group,category,targets,hit,counted,lasted_ms,elected_ms,unavailable_ms,acked_ms," +
        "in_sync_ms,stop_ms,load,late,violations";

    String csv(final int group)
    {
        return String.join(
            ",",
            Integer.toString(group), category.text(), targets, Integer.toString(hit), Boolean.toString(counted),
            Long.toString(lastedMs), Long.toString(electedMs), Long.toString(unavailableMs), Long.toString(ackedMs),
            Long.toString(inSyncMs), Long.toString(stopMs), String.format("%.1f", load),
            text(late), text(violations));
    }

    private static String text(final List<String> what)
    {
        return String.join("; ", what).replace(',', ' ').replace('\n', ' ');
    }

    String line(final int number)
    {
        return String.format(
            "%-18s %4d  %-14s %2d led%s  elected %6d  unavailable %6d  in sync %6d ms  load %.1f%s%s",
            category.text(), number, targets, hit, counted ? "" : " (not counted)", electedMs, unavailableMs, inSyncMs,
            load, late.isEmpty() ? "" : "  LATE " + text(late),
            violations.isEmpty() ? "" : "  VIOLATION " + text(violations));
    }
}
