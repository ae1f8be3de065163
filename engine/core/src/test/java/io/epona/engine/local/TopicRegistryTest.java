package io.epona.engine.local;

import io.epona.engine.SystemClock;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.NodeValues;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.ScriptedCoordination;
import io.epona.engine.cluster.ScriptedCoordination.Fate;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.local.ClusterSession.LoadedTopic;
import io.epona.engine.log.FileStorage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TopicRegistryTest
{
    @TempDir
    private Path directory;
    private final List<Throwable> errors = new ArrayList<>();
    private ScriptedCoordination coordination;
    private ClusterSession session;
    private TopicRegistry registry;
    private Status status;
    private long id;

    @BeforeEach
    void open()
    {
        coordination = new ScriptedCoordination(
            LocalCoordination.open(new FileStorage(), directory.resolve("local.meta"), errors::add));
        session = new ClusterSession(coordination, new SystemClock(), 3);
        session.found(new Uuid(1, 2));
        registry = new TopicRegistry(coordination, errors::add);
    }

    private void onStep(final Status outcome)
    {
        status = outcome;
    }

    private void settle()
    {
        while (coordination.poll() > 0)
        {
            Thread.onSpinWait();
        }
    }

    private long allocate()
    {
        registry.allocateTopicId(
            (outcome, topicId) ->
            {
                status = outcome;
                id = topicId;
            });
        settle();

        return id;
    }

    private Status createStates(final long topicId)
    {
        registry.createStates(topicId, 2, SoleReplica.created(3, 1), this::onStep);
        settle();

        return status;
    }

    private Status commit(final String name, final long topicId)
    {
        registry.commitTopic(name, new TopicRecord(topicId, 2, 1, Map.of("segment.bytes", "65536")), this::onStep);
        settle();

        return status;
    }

    private Status remove(final String name, final long topicId)
    {
        registry.removeTopic(name, topicId, this::onStep);
        settle();

        return status;
    }

    @Test
    void shouldMakeAndUnmakeATopic()
    {
        final long topicId = allocate();
        assertEquals(Status.OK, createStates(topicId));
        assertEquals(Map.of(topicId, List.of(0, 1)), session.orphanStates(session.loadTopics()));
        assertEquals(Status.OK, commit("orders", topicId));
        final LoadedTopic loaded = session.loadTopics().get(0);
        assertEquals("orders", loaded.name());
        assertEquals(new TopicRecord(topicId, 2, 1, Map.of("segment.bytes", "65536")), loaded.topic());
        assertEquals(SoleReplica.created(3, 1), loaded.states().get(1).state());
        assertTrue(session.orphanStates(session.loadTopics()).isEmpty());

        assertEquals(Status.NODE_EXISTS, commit("orders", allocate()));
        assertEquals(Status.NO_NODE, remove("orders", 99));
        assertEquals(Status.OK, remove("orders", topicId));
        assertEquals(Status.NO_NODE, remove("orders", topicId));
        registry.removeStates(topicId, List.of(0, 1), this::onStep);
        settle();
        assertEquals(Status.OK, status);
        assertTrue(session.orphanStates(session.loadTopics()).isEmpty());
        assertTrue(errors.isEmpty());
    }

    @ParameterizedTest
    @EnumSource(names = {"APPLIED_UNKNOWN", "DROPPED_UNKNOWN"})
    void shouldResolveAnUnknownOutcomeByIssuingTheSameChangeAgain(final Fate fate)
    {
        final long first = allocate();
        coordination.script(fate, fate);
        final long second = allocate();
        assertEquals(Status.OK, status);
        assertTrue(second > first);
        assertTrue(allocate() > second);

        coordination.script(fate, fate);
        assertEquals(Status.OK, createStates(second));
        coordination.script(fate, fate);
        assertEquals(Status.OK, commit("orders", second));
        assertEquals(2, session.loadTopics().get(0).states().size());
        coordination.script(fate);
        assertEquals(Status.NODE_EXISTS, commit("orders", first));
        coordination.script(fate, fate);
        assertEquals(Status.OK, remove("orders", second));
        coordination.script(fate, fate);
        registry.removeStates(second, List.of(0, 1), this::onStep);
        settle();
        assertEquals(Status.OK, status);
        assertTrue(session.orphanStates(session.loadTopics()).isEmpty());
    }

    @Test
    void shouldSayWhenTheOutcomeStaysUnknown()
    {
        coordination.script(Fate.APPLIED_UNKNOWN, Fate.FAILED);
        assertEquals(Status.OUTCOME_UNKNOWN, commit("orders", 7));
        coordination.script(Fate.DROPPED_UNKNOWN, Fate.EXPIRED);
        assertEquals(Status.OUTCOME_UNKNOWN, remove("orders", 7));
        coordination.script(Fate.FAILED);
        assertEquals(Status.FAILED, remove("orders", 7));
        coordination.script(Fate.EXPIRED);
        allocate();
        assertEquals(Status.SESSION_EXPIRED, status);
    }

    @Test
    void shouldReportADamagedValueAndFail()
    {
        coordination.set(Paths.TOPIC_ID_COUNTER, new byte[] {1, 2, 3}, Coordination.ANY_VERSION, (s, i, v) -> {});
        allocate();
        assertEquals(Status.FAILED, status);
        assertEquals(1, errors.size());
        assertTrue(errors.get(0).getMessage().contains(Paths.TOPIC_ID_COUNTER), errors.get(0).getMessage());
    }

    @Test
    void shouldRaiseTheBrokersEpochInEachLife()
    {
        assertEquals(-1, session.lastBrokerEpoch());
        final Uuid dirId = new Uuid(5, 6);
        assertEquals(1, session.register(dirId, 4096, false));
        assertEquals(1, session.lastBrokerEpoch());
        coordination.close();

        coordination = new ScriptedCoordination(
            LocalCoordination.open(new FileStorage(), directory.resolve("local.meta"), errors::add));
        session = new ClusterSession(coordination, new SystemClock(), 3);
        assertEquals(new Uuid(1, 2), session.clusterId());
        assertEquals(1, session.lastBrokerEpoch());
        assertEquals(2, session.register(dirId, 4096, true));
    }

    @Test
    void shouldNeverGoOnInTheEpochOfAFormerLife()
    {
        final PartitionState state = SoleReplica.created(3, 1);
        final PartitionState next = SoleReplica.elected(state, 2, 0);
        assertEquals(1, next.leaderEpoch());
        assertEquals(2, next.leaderBrokerEpoch());
        assertEquals(List.of(new PartitionState.Member(3, 2)), next.isr());
        assertEquals(8, SoleReplica.elected(next, 3, 7).leaderEpoch());
        final PartitionState offline = SoleReplica.withoutLeader(next);
        assertEquals(PartitionState.NONE, offline.leader());
        assertEquals(2, offline.leaderEpoch());
        assertEquals(offline, SoleReplica.withoutLeader(offline));
        assertEquals(offline, NodeValues.decodeState("/state/1/0", NodeValues.encodeState(offline)));
    }
}
