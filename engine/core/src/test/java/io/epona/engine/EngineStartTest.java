package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineFixture.Reports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static io.epona.engine.EngineFixture.append;
import static io.epona.engine.EngineFixture.partitionDirectories;
import static io.epona.engine.EngineFixture.records;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EngineStartTest
{
    @TempDir
    private Path temp;
    @RegisterExtension
    private final Reports reports = new Reports();

    private Path data()
    {
        return temp.resolve("data");
    }

    private Engine.Context context()
    {
        return reports.context(data());
    }

    /** Leaves a directory with topic "orders", partitions 0 and 1, a record in partition 0. */
    private TopicInfo prepare()
    {
        try (Engine engine = Engine.launch(context()))
        {
            final TopicInfo orders = engine.createTopic("orders", 2);
            append(engine.partition("orders", 0), "one");
            return orders;
        }
    }

    private String refusal(final ResultCode code, final Engine.Context ctx)
    {
        final EngineException refusal = assertThrows(EngineException.class, () -> Engine.launch(ctx));
        assertEquals(code, refusal.code(), refusal.getMessage());

        return refusal.getMessage();
    }

    private void assertServes()
    {
        try (Engine engine = Engine.launch(context()))
        {
            assertEquals(List.of("one"), records(engine.partition("orders", 0)));
        }
    }

    @Test
    void shouldRefuseADirectoryOfAnotherBrokerAndNameBoth()
    {
        prepare();
        final String message = refusal(ResultCode.INVALID_CONFIG, context().brokerId(7));
        assertTrue(message.contains("broker 0") && message.contains("broker 7"), message);
        assertTrue(message.contains(data().toString()), message);
        assertServes();
    }

    @Test
    void shouldRefuseTheMetadataOfAnotherCluster() throws IOException
    {
        prepare();
        Engine.launch(reports.context(temp.resolve("other"))).close();
        final Path meta = data().resolve("local.meta");
        final byte[] own = Files.readAllBytes(meta);

        Files.write(meta, Files.readAllBytes(temp.resolve("other/local.meta")));
        final String message = refusal(ResultCode.INVALID_CONFIG, context());
        assertEquals(2, message.split("cluster [0-9a-f]{32}", -1).length - 1, message);
        Files.delete(meta);
        assertTrue(refusal(ResultCode.INVALID_CONFIG, context()).contains("local.meta"));
        Files.write(meta, own);
        assertServes();
    }

    @Test
    void shouldRefuseADamagedOrMissingIdentity() throws IOException
    {
        prepare();
        final Path meta = data().resolve(BrokerMeta.FILE_NAME);
        final byte[] good = Files.readAllBytes(meta);
        for (int i = 0; i < good.length; i++)
        {
            final byte[] bad = good.clone();
            bad[i] ^= 1;
            Files.write(meta, bad);
            assertTrue(refusal(ResultCode.DATA_LOSS, context()).contains(meta.toString()));
        }
        Files.write(meta, new byte[0]);
        refusal(ResultCode.DATA_LOSS, context());
        Files.delete(meta);
        final String message = refusal(ResultCode.INVALID_CONFIG, context());
        assertTrue(message.contains("orders-0.") && message.contains("empty directory"), message);
        Files.write(meta, good);
        assertServes();
    }

    @Test
    void shouldScanInsteadOfBelievingADamagedOrAStaleMarker() throws IOException
    {
        prepare();
        final Path file = data().resolve(CleanMarker.FILE_NAME);
        final byte[] first = Files.readAllBytes(file);
        final CleanMarker marker = CleanMarker.decode(first);
        assertEquals(2, marker.partitions().size());
        assertEquals(1, marker.partitions().get(0).state().logEnd());
        assertEquals(marker, CleanMarker.decode(marker.encode()));
        for (int i = 0; i < first.length; i++)
        {
            final byte[] bad = first.clone();
            bad[i] ^= 0x40;
            assertNotNull(CleanMarker.damage(bad), "byte " + i);
            assertNotNull(CleanMarker.damage(Arrays.copyOf(first, i)), "length " + i);
        }

        Files.write(file, new byte[] {1, 2, 3});
        assertServes();
        reports.assertOne("clean marker");

        // The marker of an earlier life says that the log ends before the record that follows.
        try (Engine engine = Engine.launch(context()))
        {
            append(engine.partition("orders", 0), "two");
        }
        Files.write(file, first);
        try (Engine engine = Engine.launch(context()))
        {
            assertEquals(List.of("one", "two"), records(engine.partition("orders", 0)));
        }
    }

    @Test
    void shouldWriteNoMarkerWhereALogCannotBeForced()
    {
        final FaultyStorage storage = new FaultyStorage();
        final Engine engine = Engine.launch(context().storage(storage).invoked(true));
        engine.createTopic("orders", 1);
        append(engine.partition("orders", 0), "one");
        storage.failWhen((operation) -> operation.startsWith("replace") && operation.endsWith("clean"));
        engine.close();
        assertFalse(Files.exists(data().resolve(CleanMarker.FILE_NAME)));
        reports.assertOne("clean marker", "scans");
        assertServes();
    }

    @Test
    void shouldPutDirectoriesAsideThatBelongToNoTopicAndLeaveTheRest() throws IOException
    {
        prepare();
        final Path stray = data().resolve("gone-3.00000000000000ff");
        Files.createDirectories(stray);
        Files.writeString(stray.resolve("x"), "kept");
        Files.createDirectories(data().resolve("gone-3.00000000000000ff.stray"));
        Files.createDirectories(data().resolve("lost+found"));
        Files.createDirectories(data().resolve("notes-.1"));
        assertServes();
        reports.assertOne("gone-3.00000000000000ff", "gone-3.00000000000000ff.stray2", "renamed");
        assertEquals("kept", Files.readString(data().resolve("gone-3.00000000000000ff.stray2/x")));
        assertTrue(partitionDirectories(data()).containsAll(List.of("lost+found", "notes-.1")));
        reports.errors.clear();
        assertServes();
    }

    @Test
    void shouldKeepAPartitionOfflineWhoseFilesAreGoneUntilTheyAreBackOrTheTopicIsDeleted() throws IOException
    {
        final TopicInfo orders = prepare();
        final Path lost = data().resolve("orders-0." + String.format("%016x", orders.topicId()));
        Files.move(lost, temp.resolve("lost"));
        try (Engine engine = Engine.launch(context()))
        {
            reports.assertOne("orders-0", lost.toString(), "offline");
            assertNull(engine.partition("orders", 0));
            assertEquals(List.of("orders-0"), engine.offlinePartitions());
            assertEquals(0, append(engine.partition("orders", 1), "other"));
        }
        Files.move(temp.resolve("lost"), lost);
        reports.errors.clear();
        assertServes();
        reports.assertNone();

        Files.move(lost, temp.resolve("lost"));
        try (Engine engine = Engine.launch(context()))
        {
            engine.deleteTopic("orders");
            assertEquals(List.of(), partitionDirectories(data()));
        }
        reports.errors.clear();
        Engine.launch(context()).close();
    }

    @Test
    void shouldRefuseADirectoryThatCannotBeUsed() throws IOException
    {
        final Path file = temp.resolve("file");
        Files.writeString(file, "x");
        assertTrue(refusal(ResultCode.INVALID_CONFIG, reports.context(file)).contains(file.toString()));
        assertTrue(
            refusal(ResultCode.INVALID_CONFIG, reports.context(file.resolve("below"))).contains(file.toString()));
    }

    @Test
    void shouldRefuseADirectoryThatAnotherProcessHolds() throws Exception
    {
        prepare();
        final Process holder = child(true, "hold", data().toString());
        try
        {
            assertEquals("launched", holder.inputReader(StandardCharsets.UTF_8).readLine());
            final String message = refusal(ResultCode.LIMIT_REACHED, context());
            assertTrue(message.contains("process " + holder.pid()) && message.contains(data().toString()), message);
        }
        finally
        {
            // Killed, so that the directory shows what a kill leaves.
            holder.destroyForcibly();
            assertTrue(holder.waitFor(30, TimeUnit.SECONDS));
        }
        assertServes();
    }

    @Test
    void shouldRefuseADirectoryThatAnotherEngineOfThisProcessHolds() throws Exception
    {
        prepare();
        final Path link = Files.createSymbolicLink(temp.resolve("link"), data());
        try (Engine engine = Engine.launch(context()))
        {
            for (final Path path : List.of(data(), link))
            {
                final String message = refusal(ResultCode.LIMIT_REACHED, reports.context(path));
                assertTrue(message.contains("another engine in this process"), message);
            }
            // Nor did the attempts lose the lock that keeps other processes off.
            final Process process = child(true, "launch", data().toString());
            final String output = process.inputReader(StandardCharsets.UTF_8).readLine();
            process.destroyForcibly();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertTrue(output.contains("process " + ProcessHandle.current().pid()), output);
            append(engine.partition("orders", 1), "two");
        }
        assertServes();
    }

    @Test
    void shouldNameTheFlagThatTheJvmLacks() throws Exception
    {
        final Process process = child(false, "launch", data().toString());
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertEquals(
            "INVALID_CONFIG this JVM lacks a flag that Agrona needs. Start it with: java " +
            "--add-opens java.base/jdk.internal.misc=ALL-UNNAMED",
            output.trim());
        assertFalse(Files.exists(data()));
    }

    private static Process child(final boolean hasFlag, final String... arguments) throws IOException
    {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (hasFlag)
        {
            command.addAll(List.of(JvmFlags.REQUIRED.split(" ")));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), EngineChild.class.getName()));
        command.addAll(List.of(arguments));

        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
