package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.node.TestCluster.Host;
import io.epona.engine.replica.ReplicaShard;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ClusterNodeTest
{
    @TempDir
    Path directory;
    private TestCluster cluster;

    @BeforeEach
    void setUp()
    {
        cluster = new TestCluster(directory, 3);
    }

    @Test
    void threeBrokersServeATopic()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host leader = cluster.leader(topicId);

        assertEquals(0, leader.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1));
        cluster.awaitCommitted(leader, 1);

        assertEquals(List.of("0@0"), leader.fetchAll(topicId));
        cluster.hosts.values().forEach((host) -> assertEquals(3, host.replica(topicId).logEnd()));
        assertEquals(3, cluster.state(topicId).isr().size());
        assertEquals("orders", leader.node.metadata().topics().get(0).name());
        assertEquals(leader.id, leader.node.metadata().topics().get(0).partitions().get(0).leader());
        assertEquals(3, leader.node.metadata().brokers().size());
        cluster.assertNoErrors();
    }

    @Test
    void aKilledLeaderIsReplacedAndComesBackAsAFollowerWithItsTailCut()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host former = cluster.leader(topicId);
        former.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(former, 1);
        // Nobody else ever gets this one.
        assertEquals(3, former.produce(topicId, 2, ReplicaShard.ACKS_ALL, 2));
        former.kill();
        former.client.expire();

        cluster.await("another leads", () -> null != cluster.leader(topicId));
        final Host next = cluster.leader(topicId);
        assertNotEquals(former.id, next.id);
        assertEquals(3, next.produce(topicId, 1, ReplicaShard.ACKS_ALL, 3));
        cluster.awaitCommitted(next, 3);

        former.start();
        cluster.await("it is in sync again", () -> cluster.state(topicId).isr().size() == 3);
        assertEquals(next.fetchAll(topicId), List.of("0@0", "3@" + cluster.state(topicId).leaderEpoch()));
        assertEquals(4, former.replica(topicId).logEnd());
        assertEquals(cluster.state(topicId).leaderEpoch(), former.replica(topicId).log().lastEpoch());
        cluster.assertNoErrors();
    }

    /** Seed 527: nobody else looks for it. */
    @Test
    void aBrokerWhoseRegistrationIsDeletedRegistersAgain()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host leader = cluster.leader(topicId);
        final Host deleted = cluster.hosts.get(leader.id % cluster.hosts.size() + 1);
        final int life = deleted.node.brokerEpoch();
        leader.client.delete(
            Paths.brokerId(deleted.id), Coordination.ANY_VERSION, (status, failedIndex, versions) -> {});

        cluster.await("it is in another life", () -> deleted.node.brokerEpoch() == life + 1);
        cluster.await(
            "it is in sync in that life",
            () -> cluster.state(topicId).isr().contains(new Member(deleted.id, life + 1)));
        cluster.assertNoErrors();
    }

    @Test
    void aRegistrationThatIsDeletedBeforeTheFirstLookIsMissedToo()
    {
        cluster.startAll();
        final Host deleted = cluster.hosts.get(3);
        final int life = deleted.node.brokerEpoch();
        deleted.kill();
        deleted.start();
        cluster.await("it is registered", () -> deleted.node.brokerEpoch() == life + 1);
        cluster.ensemble.change(Operation.delete(Paths.brokerId(deleted.id), Coordination.ANY_VERSION));

        cluster.await("it is in another life", () -> deleted.node.brokerEpoch() == life + 2);
        cluster.assertNoErrors();
    }

    @Test
    void aControlledStopGivesLeadershipsUpAndLeavesACleanMarker() throws IOException
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host former = cluster.leader(topicId);
        former.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(former, 1);
        final int cleanSince = cluster.cleanSince(former.id);

        former.node.stop();
        cluster.await("it is stopped", () -> NodePhase.STOPPED == former.node.phase());
        assertTrue(former.storage.exists(former.dataDir.resolve("clean")));
        assertNotEquals(former.id, cluster.state(topicId).leader());
        former.kill();
        former.bootId = new Uuid(2, 2);

        former.start();
        cluster.await("it is in sync again", () -> cluster.state(topicId).isr().size() == 3);
        assertFalse(former.storage.exists(former.dataDir.resolve("clean")));
        assertEquals(cleanSince, cluster.cleanSince(former.id));
        cluster.assertNoErrors();
    }

    /** Else what is appended waits for it: for the controller's next, where it was the controller. */
    @Test
    void aControlledStopOfAFollowerLeavesTheIsrBeforeItAcknowledgesNoMore()
    {
        cluster.startAll();
        final Host controller = cluster.controller();
        long created = cluster.createTopic("orders-0", 3, Map.of());
        for (int i = 1; i < 8 && cluster.leader(created) == controller; i++)
        {
            created = cluster.createTopic("orders-" + i, 3, Map.of());
        }
        final long topicId = created;
        assertNotEquals(controller.id, cluster.leader(topicId).id);
        final Host follower = cluster.hosts.values().stream()
            .filter((host) -> host != controller && host != cluster.leader(topicId)).findFirst().orElseThrow();
        for (final Host stopped : List.of(follower, controller))
        {
            stopped.node.stop();
            cluster.await("it let its replica go", () -> null == stopped.replica(topicId));
            assertTrue(cluster.state(topicId).isr().stream().noneMatch((member) -> member.brokerId() == stopped.id));
            cluster.await("it is stopped", () -> NodePhase.STOPPED == stopped.node.phase());
            stopped.kill();
        }
        assertEquals(1, cluster.state(topicId).isr().size());
    }

    @Test
    void aKilledProcessIsAsGoodAsAStoppedOneUntilTheHostIsBooted()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host host = cluster.host(2);
        final int cleanSince = cluster.cleanSince(2);
        cluster.leader(topicId).produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(cluster.leader(topicId), 1);
        restart(host);
        assertEquals(cleanSince, cluster.cleanSince(2));

        host.bootId = new Uuid(2, 2);
        restart(host);
        assertEquals(host.node.brokerEpoch(), cluster.cleanSince(2));
        assertTrue(cluster.durableSince(2) < host.node.brokerEpoch());
    }

    @Test
    void allReplicasKilledAtOnceComeBackWithEverything()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host leader = cluster.leader(topicId);
        leader.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(leader, 1);
        cluster.hosts.values().forEach(Host::kill);
        cluster.hosts.values().forEach((host) -> host.client.expire());

        cluster.startAll();
        cluster.await("somebody leads", () -> null != cluster.leader(topicId));
        final Host next = cluster.leader(topicId);
        cluster.await("it is committed again", () -> 3 == next.replica(topicId).highWatermark());
        assertEquals(List.of("0@0"), next.fetchAll(topicId));
        assertEquals(-1, cluster.state(topicId).lastUncleanEpoch());
    }

    @Test
    void aDeletedTopicsReplicasAreDeletedAndTheNameIsFree() throws IOException
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host leader = cluster.leader(topicId);
        leader.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(leader, 1);
        final Object[] refused = {"unanswered"};
        cluster.controller().node.deleteTopic("orders", (refusal, id, message) -> refused[0] = refusal);

        cluster.await("it is deleted", () -> null == refused[0] && cluster.hosts.values().stream()
            .allMatch((host) -> host.node.logs().isEmpty()));
        for (final Host host : cluster.hosts.values())
        {
            assertEquals(List.of(), directories(host));
        }
        assertEquals(ResultCode.UNKNOWN_TOPIC.code(), leader.produce(topicId, 1, ReplicaShard.ACKS_ALL, 2));

        final long again = cluster.createTopic("orders", 3, Map.of());
        assertTrue(again > topicId);
        assertEquals(0, cluster.leader(again).produce(again, 1, ReplicaShard.ACKS_ALL, 3));
        cluster.awaitCommitted(cluster.leader(again), 3);
        cluster.assertNoErrors();
    }

    @Test
    void aDirectoryThatNobodyKnowsIsSetAside() throws IOException
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host host = cluster.host(3);
        cluster.await("it holds a replica", () -> null != host.replica(topicId));
        cluster.run(6_000);
        host.kill();
        final Path known = directories(host).get(0);
        final Path unknown = known.resolveSibling("gone-0." + String.format("%016x", topicId));
        host.storage.rename(known, unknown);
        host.client.expire();
        cluster.controller().node.deleteTopic("orders", (refusal, id, message) -> assertEquals(null, refusal));
        cluster.run(500);

        host.start();
        cluster.await("it is aside", () -> host.node.isServing() && host.storage.exists(
            unknown.resolveSibling(unknown.getFileName() + ".stray")));
        assertEquals(List.of(), host.node.logs());

        host.kill();
        host.start();
        cluster.await("it is back", host.node::isServing);
        assertTrue(cluster.durableSince(3) < host.node.brokerEpoch(), "nothing that it has is missed");
    }

    @Test
    void aLostDirectoryMakesTheBrokersReplicasIneligible() throws IOException
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host host = cluster.host(2);
        cluster.leader(topicId).produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(cluster.leader(topicId), 1);
        host.node.stop();
        cluster.await("it is stopped", () -> NodePhase.STOPPED == host.node.phase());
        host.kill();
        host.storage.rename(directories(host).get(0), directory.resolve("elsewhere"));

        host.start();
        cluster.await("it is in sync again", () -> host.node.isServing() && cluster.state(topicId).isr().contains(
            new Member(2, host.node.brokerEpoch())));
        assertEquals(host.node.brokerEpoch(), cluster.cleanSince(2));
        assertEquals(host.node.brokerEpoch(), cluster.durableSince(2));
        assertEquals(3, host.replica(topicId).logEnd());
    }

    @Test
    void aNewSessionIsANewLifeThatLosesNothing()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host former = cluster.leader(topicId);
        former.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(former, 1);
        final int brokerEpoch = former.node.brokerEpoch();
        final int cleanSince = cluster.cleanSince(former.id);
        final int leaderEpoch = cluster.state(topicId).leaderEpoch();
        former.client.expire();

        cluster.await("it is registered again", () -> former.node.brokerEpoch() > brokerEpoch &&
            cluster.state(topicId).isr().contains(new Member(former.id, former.node.brokerEpoch())));
        cluster.await("somebody leads", () -> null != cluster.leader(topicId));
        assertTrue(cluster.state(topicId).leaderEpoch() > leaderEpoch);
        assertEquals(cleanSince, cluster.cleanSince(former.id));
        cluster.await("all are in sync", () -> 3 == cluster.state(topicId).isr().size());
        assertEquals(3, cluster.leader(topicId).produce(topicId, 1, ReplicaShard.ACKS_ALL, 4));
        cluster.awaitCommitted(cluster.leader(topicId), 4);
        cluster.assertNoErrors();
    }

    @Test
    void aConsumerOfATailThatWasCutIsToldWhereItsRecordsPart()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host former = cluster.leader(topicId);
        former.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(former, 1);
        former.kill();
        former.client.expire();
        cluster.await("another leads", () -> null != cluster.leader(topicId));
        final Host next = cluster.leader(topicId);
        next.produce(topicId, 4, ReplicaShard.ACKS_ALL, 2);
        cluster.awaitCommitted(next, 2);

        final FetchResult result = new FetchResult();
        // It has read two records of epoch 0 that no leader has any more.
        final int code = next.node.shard().fetch(
            topicId, 0, 5, 0, 4096,
            (buffer, index, length, nextOffset, highWatermark, logStart, leaderEpoch) ->
            {
                throw new AssertionError("nothing is handed over");
            },
            result);
        assertEquals(ResultCode.TRUNCATED.code(), code);
        assertEquals(0, result.divergedEpoch());
        assertEquals(3, result.divergedEnd());
        assertEquals(0, next.node.shard().fetch(topicId, 0, 7, cluster.state(topicId).leaderEpoch(), 4096,
            (buffer, index, length, nextOffset, highWatermark, logStart, leaderEpoch) ->
            {
                throw new AssertionError("nothing is handed over");
            },
            result));
    }

    @Test
    void aReplicaThatIsWantedAgainWithinTheGraceTimeKeepsItsLog()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host leader = cluster.leader(topicId);
        leader.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(leader, 1);
        final Host other = cluster.host(leader.id % 3 + 1);
        final PartitionLog log = other.node.logs().get(0);
        final PartitionState whole = cluster.state(topicId);

        cluster.changeState(topicId, without(whole, other.id));
        cluster.await("it has stopped", () -> null == other.replica(topicId));
        cluster.changeState(topicId, new PartitionState(
            whole.leader(), whole.leaderBrokerEpoch(), whole.leaderEpoch(), whole.minIsr(), whole.lastUncleanEpoch(),
            whole.controllerEpoch(), whole.resigned(), false, false, false, whole.replicas(), List.of(), List.of(),
            without(whole, other.id).isr(), List.of(), List.of()));
        cluster.await("it is in sync again", () -> cluster.state(topicId).isr().size() == 3);
        cluster.run(100);

        assertEquals(List.of(log), other.node.logs());
        assertEquals(3, other.replica(topicId).logEnd());
        cluster.assertNoErrors();
    }

    @Test
    void aReplicaThatIsNotWantedAnyMoreIsDeletedAfterTheGraceTime() throws IOException
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host other = cluster.host(cluster.leader(topicId).id % 3 + 1);
        cluster.await("it holds a replica", () -> null != other.replica(topicId));
        cluster.changeState(topicId, without(cluster.state(topicId), other.id));

        cluster.await("it is gone", () -> other.node.logs().isEmpty());
        assertEquals(List.of(), directories(other));
        cluster.assertNoErrors();
    }

    private static PartitionState without(final PartitionState state, final int brokerId)
    {
        return new PartitionState(
            state.leader(), state.leaderBrokerEpoch(), state.leaderEpoch(), state.minIsr(), state.lastUncleanEpoch(),
            state.controllerEpoch(), state.resigned(), false, false, false,
            state.replicas().stream().filter((id) -> id != brokerId).toList(), List.of(), List.of(),
            state.isr().stream().filter((member) -> member.brokerId() != brokerId).toList(), List.of(), List.of());
    }

    @Test
    void thePreferredReplicaLeadsAgainWhenThatIsAskedFor()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        final Host former = cluster.leader(topicId);
        restart(former);
        cluster.await("all are in sync", () -> cluster.state(topicId).isr().size() == 3);
        cluster.await("another leads", () -> null != cluster.leader(topicId));
        assertNotEquals(former.id, cluster.leader(topicId).id);

        final Object[] refused = {"unanswered"};
        cluster.leader(topicId).node.electPreferred(topicId, 0, (refusal, id, message) -> refused[0] = refusal);
        cluster.await("it stands", () -> null == refused[0]);
        cluster.await("it leads", () -> former == cluster.leader(topicId));
        final NodeMetadata.Partition told = former.node.metadata().topics().get(0).partitions().get(0);
        assertEquals(former.id, told.leader());
        assertEquals(List.of(1, 2, 3), told.isr());
        assertEquals(cluster.controller().id, former.node.metadata().controllerId());
        cluster.assertNoErrors();
    }

    @Test
    void aPartitionMovesWhenThatIsAskedFor()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 2, Map.of());
        final Host former = cluster.leader(topicId);
        assertEquals(0, former.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1));
        cluster.awaitCommitted(former, 1);
        final List<Integer> replicas = cluster.state(topicId).replicas();
        final Host third = cluster.host(6 - replicas.get(0) - replicas.get(1));

        final Object[] refused = {"unanswered"};
        third.node.reassign(
            topicId, 0, List.of(third.id, replicas.get(1)), (refusal, id, message) -> refused[0] = refusal);
        cluster.await("it stands", () -> null == refused[0]);
        cluster.await("it has moved", () -> former.node.logs().isEmpty() && null != cluster.leader(topicId) &&
            cluster.state(topicId).isr().size() == 2);
        assertEquals(List.of(third.id, replicas.get(1)), cluster.state(topicId).replicas());
        assertEquals(3, third.replica(topicId).logEnd());
        cluster.assertNoErrors();
    }

    @Test
    void aReplicaThatLacksRecordsLeadsOnlyWhenThatIsAskedFor()
    {
        cluster.startAll();
        final long topicId = cluster.createTopic("orders", 2, Map.of("min.insync.replicas", "1"));
        final Host leader = cluster.leader(topicId);
        final List<Integer> replicas = cluster.state(topicId).replicas();
        final Host follower = cluster.host(replicas.get(0) + replicas.get(1) - leader.id);
        leader.produce(topicId, 3, ReplicaShard.ACKS_ALL, 1);
        cluster.awaitCommitted(leader, 1);
        follower.kill();
        follower.client.expire();
        cluster.await("the leader is alone", () -> cluster.state(topicId).isr().size() == 1);
        leader.produce(topicId, 2, ReplicaShard.ACKS_ALL, 2);
        cluster.awaitCommitted(leader, 2);
        leader.kill();
        leader.client.expire();
        follower.start();
        cluster.await("it serves", () -> follower.node.isServing() && null != cluster.controller());
        cluster.run(200);
        assertEquals(PartitionState.NONE, cluster.state(topicId).leader());

        final Object[] refused = {"unanswered"};
        follower.node.electUnclean(topicId, 0, follower.id, (refusal, id, message) -> refused[0] = refusal);
        cluster.await("it stands", () -> null == refused[0]);
        cluster.await("it leads", () -> follower == cluster.leader(topicId));
        assertEquals(3, follower.replica(topicId).logEnd());
        assertEquals(cluster.state(topicId).leaderEpoch(), cluster.state(topicId).lastUncleanEpoch());
    }

    @Test
    void producerIdsAreGivenOutOnce()
    {
        cluster.startAll();
        final TreeSet<Long> ids = new TreeSet<>();
        for (int i = 0; i < 10; i++)
        {
            cluster.hosts.values().forEach((host) -> host.node.allocateProducerId(ids::add));
        }
        cluster.await("all are answered", () -> 30 == ids.size());
        assertTrue(ids.first() >= 0);
    }

    private void restart(final Host host)
    {
        host.kill();
        host.client.expire();
        cluster.run(10);
        host.start();
        cluster.await("it serves", () -> host.node.isServing());
    }

    private static List<Path> directories(final Host host) throws IOException
    {
        return host.storage.list(host.dataDir).stream()
            .filter((path) -> path.getFileName().toString().matches(".*-0\\.[0-9a-f]{16}")).toList();
    }
}
