package io.epona.broker;

import io.epona.broker.cli.EponaCommands;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.DirectoryInspector;
import io.epona.engine.Engine;
import io.epona.engine.MountedDisk;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** Disks of a cluster's brokers that are full, fail, or give back something else than was written. */
class BrokenDiskTest extends BrokersFixture
{
    /** Place in a file: behind the heads of the segment, of the first batch and of its first record. */
    private static final int FIRST_VALUE = 4096 + 80 + 16;
    /** The highest byte of the length of the first batch. */
    private static final int FIRST_LENGTH = 4096 + RecordBatchDescriptor.LENGTH_OFFSET + 3;
    private static final int MIB = 1024 * 1024;

    private static Path firstSegment(final Path dataDir) throws IOException
    {
        try (Stream<Path> files = Files.walk(dataDir))
        {
            return files.filter((path) -> path.toString().endsWith("/00000000000000000000.log")).findFirst().get();
        }
    }

    private static void assertWhole(final Path dataDir, final long end) throws IOException
    {
        final List<DirectoryInspector.Log> logs = DirectoryInspector.open(dataDir, false).logs();
        assertEquals(1, logs.size());
        final LogSummary summary = logs.get(0).inspector(LogVisitor.NONE).inspect();
        assertFalse(summary.isDamaged(), () -> "damage in " + dataDir + ": " + summary.findings());
        assertEquals(end, summary.logEnd());
    }

    @ParameterizedTest
    @ValueSource(ints = { FIRST_VALUE, FIRST_LENGTH })
    void findsADamagedBatchSpreadsItToNobodyAndFetchesItAgain(final int place) throws IOException
    {
        final int damaged = brokers.startWithTopic(3, TOPIC);
        final int empty = (damaged + 1) % 3;
        final long sent;
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC))
        {
            records.send(RECORDS);
            records.settle();
            brokers.stop(empty);
            Files.move(brokers.dataDir(empty), dir.resolve("old"));
            damage(damaged, place);

            reports.expect("cannot be trusted");
            reports.tolerate("damaged");
            reports.tolerate("the storage of the log failed");
            brokers.start(empty);
            records.send(RECORDS);
            brokers.awaitFailure(damaged);
            assertNotEquals(damaged, brokers.awaitLeader(TOPIC, 0, 2));
            records.settle();

            brokers.start(damaged);
            brokers.awaitLeader(TOPIC, 0, 3);
            records.send(RECORDS);
            records.settle();
            sent = records.sent();
        }
        assertAllWhole(sent);
    }

    @Test
    void findsRotInASegmentThatNoStartReads() throws IOException
    {
        for (int i = 0; i < 3; i++)
        {
            brokers.start();
        }
        brokers.createTopic(TOPIC, 1, 3, Map.of("min.insync.replicas", "2", "segment.bytes", "64k"));
        final int damaged = brokers.awaitLeader(TOPIC, 0, 3);
        final int empty = (damaged + 1) % 3;
        final long sent;
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC, 4096, 0))
        {
            records.send(RECORDS);
            records.settle();
            brokers.stop(damaged);
            damage(damaged, FIRST_VALUE);
            brokers.start(damaged);
            brokers.awaitLeader(TOPIC, 0, 3);
            final EponaCommands commands = new EponaCommands();
            final String connect = brokers.zooKeeper().connectString();
            assertEquals(0, commands.run("cluster", "elect-leader", "--zookeeper", connect));
            assertEquals("elected 1 of 1 leaders that were not the preferred ones\n", commands.out());
            assertEquals(damaged, brokers.awaitLeader(TOPIC, 0, 3));

            brokers.stop(empty);
            Files.move(brokers.dataDir(empty), dir.resolve("old"));
            reports.expect("cannot be trusted");
            reports.expect("is damaged at offset 0");
            reports.expect("fetched anew from its leader");
            reports.tolerate("damaged");
            brokers.start(empty);
            brokers.awaitFailure(damaged);
            assertNotEquals(damaged, brokers.awaitLeader(TOPIC, 0, 2));
            brokers.start(damaged);
            brokers.awaitLeader(TOPIC, 0, 3);
            records.send(RECORDS);
            records.settle();
            sent = records.sent();
        }
        assertAllWhole(sent);
    }

    @Test
    void servesAConsumerFromAnotherBrokerWhereItsLogCannotBeRead() throws IOException
    {
        final int damaged = brokers.startWithTopic(3, TOPIC);
        final long sent;
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC))
        {
            records.send(RECORDS);
            records.settle();
            damage(damaged, FIRST_LENGTH);
            reports.expect("reads end at offset 0");
            reports.expect("cannot be trusted");
            reports.tolerate("the storage of the log failed");
            try (NumberedRecords late = new NumberedRecords(brokers.connectToAll(), TOPIC, 8, RECORDS))
            {
                late.settle();
            }
            brokers.awaitFailure(damaged);
            assertNotEquals(damaged, brokers.awaitLeader(TOPIC, 0, 2));
            brokers.start(damaged);
            brokers.awaitLeader(TOPIC, 0, 3);
            records.send(RECORDS);
            records.settle();
            sent = records.sent();
        }
        assertAllWhole(sent);
    }

    private void damage(final int brokerId, final int place) throws IOException
    {
        try (RandomAccessFile file = new RandomAccessFile(firstSegment(brokers.dataDir(brokerId)).toFile(), "rw"))
        {
            file.seek(place);
            file.write(0x55);
        }
    }

    private void assertAllWhole(final long end) throws IOException
    {
        for (int i = 0; i < 3; i++)
        {
            brokers.stop(i);
        }
        for (int i = 0; i < 3; i++)
        {
            assertWhole(brokers.dataDir(i), end);
        }
    }

    @Test
    void leavesTheLeadershipWhereItsDiskFails()
    {
        final SlowSyncStorage[] disks = { new SlowSyncStorage(), new SlowSyncStorage(), new SlowSyncStorage() };
        brokers.engines((brokerId) -> new Engine.Context().storage(disks[brokerId].storage()));
        for (int i = 0; i < 3; i++)
        {
            brokers.start();
        }
        brokers.createTopic(TOPIC, 1, 3, Map.of("min.insync.replicas", "2", "flush.policy", "commit"));
        final int failing = brokers.awaitLeader(TOPIC, 0, 3);
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC))
        {
            records.send(RECORDS);
            records.settle();
            reports.expect("cannot be trusted");
            reports.tolerate("Input/output error");
            reports.tolerate("the storage of the log failed");
            disks[failing].isBroken = true;
            records.send(RECORDS);
            brokers.awaitFailure(failing);
            assertNotEquals(failing, brokers.awaitLeader(TOPIC, 0, 2));
            records.settle();

            disks[failing].isBroken = false;
            brokers.start(failing);
            brokers.awaitLeader(TOPIC, 0, 3);
            records.send(RECORDS);
            records.settle();
        }
    }

    @Test
    void takesAFollowerWithAFullDiskOutAndInAgain() throws IOException
    {
        brokers.set("storage.low.bytes", "4m");
        for (int i = 0; i < 3; i++)
        {
            brokers.start();
        }
        brokers.createTopic(TOPIC, 1, 3, Map.of("min.insync.replicas", "2", "segment.bytes", "1m"));
        final int leader = brokers.awaitLeader(TOPIC, 0, 3);
        final int follower = (leader + 1) % 3;
        brokers.stop(follower);
        Files.move(brokers.dataDir(follower), dir.resolve("old"));
        try (MountedDisk disk = MountedDisk.mount(brokers.dataDir(follower), "64m"))
        {
            brokers.start(follower);
            brokers.awaitLeader(TOPIC, 0, 3);
            final Path ballast = disk.path().resolve("ballast");
            Files.write(ballast, new byte[40 * MIB]);
            try (NumberedRecords records =
                new NumberedRecords(brokers.connect(leader), TOPIC, 16 * 1024, 0))
            {
                reports.expect("appends are refused");
                Await.until(
                    "two in sync",
                    () ->
                    {
                        records.send(100);
                        records.settle();
                    },
                    () -> brokers.isLeader(leader, TOPIC, 0, 2));

                Files.delete(ballast);
                Await.until("three in sync", records::poll, () -> brokers.isLeader(leader, TOPIC, 0, 3));
                records.send(100);
                records.settle();
            }
            brokers.stop(follower);
        }
    }
}
