package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineFixture.Reports;
import io.epona.engine.cluster.ScriptedCoordination;
import io.epona.engine.cluster.ScriptedCoordination.Fate;
import io.epona.engine.local.LocalCoordination;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static io.epona.engine.EngineFixture.append;
import static io.epona.engine.EngineFixture.imageOf;
import static io.epona.engine.EngineFixture.invoke;
import static io.epona.engine.EngineFixture.partitionDirectories;
import static io.epona.engine.EngineFixture.records;
import static io.epona.engine.EngineFixture.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Creating and deleting topics while storage or coordination fails at each step. The image a kill would leave there
 * is opened by a healthy engine, which must find the topic whole or not at all, and nothing else.
 */
class TopicCrashTest
{
    private static final int CYCLES = 200;

    @TempDir
    private Path temp;
    @RegisterExtension
    private final Reports failing = new Reports();
    @RegisterExtension
    private final Reports healthy = new Reports();

    /** What a healthy engine makes of an image. Checks that it is consistent, and says whether the topic exists. */
    private boolean check(final Path image, final boolean isOldKept) throws IOException
    {
        final boolean exists;
        try (Engine engine = Engine.launch(healthy.context(image).invoked(true)))
        {
            exists = null != engine.topic("t");
            assertEquals(List.of(), engine.offlinePartitions());
            final int expectedDirectories = (exists ? 2 : 0) + 1;
            assertEquals(expectedDirectories, partitionDirectories(image).size());
            assertEquals(List.of("kept"), records(engine.partition("other", 0)));
            if (exists && isOldKept)
            {
                assertEquals(List.of("one"), records(engine.partition("t", 1)));
            }
            if (exists)
            {
                engine.deleteTopic("t");
            }
            engine.createTopic("t", 2);
            assertEquals(0, append(engine.partition("t", 1), "new"));
        }
        healthy.assertNone();

        return exists;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSurviveACrashBetweenAnyTwoStepsOfCreateAndDelete(final boolean isCreation) throws IOException
    {
        final FaultyStorage storage = new FaultyStorage();
        int existing = 0;
        int steps = 0;
        boolean isDecided = false;
        for (; !isDecided; steps++)
        {
            assertTrue(steps < 200, "never decided");
            final Path data = temp.resolve("data" + steps);
            storage.heal();
            final Engine engine = Engine.launch(failing.context(data).storage(storage).invoked(true));
            engine.createTopic("other", 1);
            append(engine.partition("other", 0), "kept");
            if (!isCreation)
            {
                engine.createTopic("t", 2);
                append(engine.partition("t", 1), "one");
            }
            for (int i = 0; i < 4; i++)
            {
                invoke(engine);
            }

            failing.expect("injected");
            failing.expect("could not be closed in order: the next start scans every log");
            storage.crashAfter(steps);
            final TopicRequest request =
                isCreation ? engine.createTopicAsync("t", 2, Map.of()) : engine.deleteTopicAsync("t");
            for (int i = 0; i < CYCLES && !request.isDone(); i++)
            {
                invoke(engine);
            }
            isDecided = request.isDone() && 0 == request.code();
            final Path image = imageOf(data, temp.resolve("image" + steps));
            engine.close();

            final boolean exists = check(image, !isCreation);
            existing += exists ? 1 : 0;
            if (isDecided)
            {
                assertEquals(isCreation, exists);
            }
        }
        assertTrue(existing > 0 && existing < steps, existing + " of " + steps);
        assertTrue(steps > 6, "steps " + steps);
    }

    @Test
    void shouldUndoACreationWhoseFilesCannotBeMadeAndGoOn() throws IOException
    {
        final FaultyStorage storage = new FaultyStorage();
        final Path data = temp.resolve("data");
        try (Engine engine = Engine.launch(failing.context(data).storage(storage).invoked(true)))
        {
            storage.failWhen((operation) -> operation.contains("t-1."));
            final TopicRequest request = run(engine, engine.createTopicAsync("t", 3, Map.of()));
            assertNotEquals(0, request.code());
            assertEquals(List.of(), engine.topics());
            failing.errors.clear();
            storage.heal();
            assertEquals(2, engine.createTopic("t", 2).partitionCount());
        }
        failing.assertNone();
        try (Engine engine = Engine.launch(failing.context(data)))
        {
            assertEquals(2, engine.topic("t").partitionCount());
            assertEquals(2, partitionDirectories(data).size());
        }
    }

    @Test
    void shouldRemoveAtTheNextStartWhatADeletionCouldNot() throws IOException
    {
        final FaultyStorage storage = new FaultyStorage();
        final Path data = temp.resolve("data");
        try (Engine engine = Engine.launch(failing.context(data).storage(storage).invoked(true)))
        {
            engine.createTopic("t", 2);
            failing.expect("injected");
            storage.failWhen((operation) -> operation.startsWith("delete") && operation.contains("t-0."));
            final TopicRequest request = run(engine, engine.deleteTopicAsync("t"));
            assertEquals(ResultCode.INTERNAL.code(), request.code());
            assertTrue(request.message().contains("is deleted"), request.message());
            assertEquals(List.of(), engine.topics());
            storage.heal();
        }
        try (Engine engine = Engine.launch(healthy.context(data)))
        {
            assertEquals(List.of(), engine.topics());
            assertEquals(List.of(), partitionDirectories(data));
        }
    }

    @Test
    void shouldSayWhatBecameOfARequestWhenTheCoordinationFails() throws IOException
    {
        final Path data = temp.resolve("data");
        Files.createDirectories(data);
        final ScriptedCoordination coordination = new ScriptedCoordination(LocalCoordination.open(
            new FaultyStorage(), data.resolve("local.meta"), (error) -> failing.errors.add(error.getMessage())));
        try (Engine engine = Engine.launch(failing.context(data).coordination(coordination).invoked(true)))
        {
            // id, states, name
            coordination.script(Fate.FAILED);
            assertEquals(
                ResultCode.INTERNAL.code(), run(engine, engine.createTopicAsync("t", 1, Map.of())).code());
            coordination.script(Fate.PASS, Fate.EXPIRED);
            assertEquals(
                ResultCode.NOT_CONTROLLER.code(), run(engine, engine.createTopicAsync("t", 1, Map.of())).code());
            coordination.script(Fate.PASS, Fate.PASS, Fate.FAILED);
            assertEquals(
                ResultCode.INTERNAL.code(), run(engine, engine.createTopicAsync("t", 1, Map.of())).code());
            assertEquals(List.of(), partitionDirectories(data));
            coordination.script(Fate.APPLIED_UNKNOWN, Fate.DROPPED_UNKNOWN, Fate.PASS, Fate.APPLIED_UNKNOWN);
            assertEquals(0, run(engine, engine.createTopicAsync("t", 1, Map.of())).code());

            coordination.script(Fate.FAILED);
            assertEquals(ResultCode.INTERNAL.code(), run(engine, engine.deleteTopicAsync("t")).code());
            assertNotNull(engine.partition("t", 0));
            coordination.script(Fate.APPLIED_UNKNOWN);
            assertEquals(0, run(engine, engine.deleteTopicAsync("t")).code());

            coordination.script(Fate.PASS, Fate.PASS, Fate.APPLIED_UNKNOWN, Fate.FAILED);
            final TopicRequest open = run(engine, engine.createTopicAsync("t", 1, Map.of()));
            assertEquals(ResultCode.INTERNAL.code(), open.code());
            assertTrue(open.message().contains("not known"), open.message());
        }
        failing.assertNone();
        try (Engine engine = Engine.launch(healthy.context(data)))
        {
            assertNotNull(engine.partition("t", 0));
        }
    }
}
