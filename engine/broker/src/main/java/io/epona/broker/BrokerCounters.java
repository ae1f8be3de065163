package io.epona.broker;

import io.epona.broker.replication.LinkCounters;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.util.Map;

import static org.agrona.BitUtil.CACHE_LINE_LENGTH;

/**
 * Counters of a broker, off heap, readable from any thread at any time. Those of a shard are written by that shard
 * alone, with release stores; the others may be incremented by any agent.
 */
final class BrokerCounters
{
    private static final int SHARD_COUNTERS = 12;
    private static final int COMMON_COUNTERS = 32;

    final AtomicCounter errors;
    final AtomicCounter sessionsOpened;
    final AtomicCounter sessionsOpen;
    final AtomicCounter sessionsTimedOut;
    final AtomicCounter lanesOpened;
    final AtomicCounter lanesRefused;
    final AtomicCounter lanesExpired;
    final AtomicCounter lanesVanished;
    final AtomicCounter lanesJoinedLate;
    final AtomicCounter requests;
    final AtomicCounter violations;
    private final AtomicCounter[] byViolation;
    private final CountersManager manager;

    /**
     * @param shards of the broker.
     */
    BrokerCounters(final int shards)
    {
        final int capacity = COMMON_COUNTERS + shards * (SHARD_COUNTERS + LinkCounters.COUNT);
        manager = new CountersManager(
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(
                capacity * CountersReader.METADATA_LENGTH, CACHE_LINE_LENGTH)),
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(
                capacity * CountersReader.COUNTER_LENGTH, CACHE_LINE_LENGTH)));
        errors = manager.newCounter("errors");
        sessionsOpen = manager.newCounter("sessions open");
        sessionsOpened = manager.newCounter("sessions opened");
        sessionsTimedOut = manager.newCounter("sessions timed out");
        lanesOpened = manager.newCounter("lanes opened");
        lanesRefused = manager.newCounter("lanes refused");
        lanesExpired = manager.newCounter("lanes expired before their first message");
        lanesVanished = manager.newCounter("lanes vanished while being opened");
        lanesJoinedLate = manager.newCounter("lanes rejected that were heard from their middle on");
        requests = manager.newCounter("control requests");
        violations = manager.newCounter("violations");
        byViolation = new AtomicCounter[Violation.values().length];
        for (final Violation violation : Violation.values())
        {
            byViolation[violation.ordinal()] = manager.newCounter("violations: " + violation.text());
        }
    }

    ShardCounters newShard(final int shard)
    {
        return new ShardCounters(manager, "shard " + shard + ": ");
    }

    LinkCounters newLinks(final int shard)
    {
        return new LinkCounters(manager, "shard " + shard + ": ");
    }

    void onViolation(final Violation violation)
    {
        violations.increment();
        byViolation[violation.ordinal()].increment();
    }

    void addTo(final Map<String, Long> values)
    {
        manager.forEach((value, id, label) -> values.put(label, value));
    }

    /**
     * Counters of one shard.
     */
    static final class ShardCounters
    {
        final AtomicCounter lanes;
        final AtomicCounter batchesIn;
        final AtomicCounter bytesIn;
        final AtomicCounter refusals;
        final AtomicCounter logBackPressure;
        final AtomicCounter ackBackPressure;
        final AtomicCounter pushes;
        final AtomicCounter bytesOut;
        final AtomicCounter pushBackPressure;
        final AtomicCounter subscriptions;
        final AtomicCounter longestCycleNs;

        private ShardCounters(final CountersManager manager, final String prefix)
        {
            lanes = manager.newCounter(prefix + "lanes open");
            batchesIn = manager.newCounter(prefix + "batches appended");
            bytesIn = manager.newCounter(prefix + "bytes appended");
            refusals = manager.newCounter(prefix + "batches refused");
            logBackPressure = manager.newCounter(prefix + "back-pressure of the log");
            ackBackPressure = manager.newCounter(prefix + "back-pressure of acks");
            pushes = manager.newCounter(prefix + "pushes");
            bytesOut = manager.newCounter(prefix + "bytes pushed");
            pushBackPressure = manager.newCounter(prefix + "back-pressure of pushes");
            subscriptions = manager.newCounter(prefix + "subscriptions");
            longestCycleNs = manager.newCounter(prefix + "longest cycle, ns");
        }
    }
}
