package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;

import java.util.List;

import static io.epona.engine.cluster.PartitionState.NONE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who is the controller, what it finds, and that a former one does no harm. */
public class ControllerTest extends ControllerFixture
{
    @Test
    public void shouldHaveOneControllerThatMovesOn()
    {
        start(1, 2, 3);
        assertEquals(1, ensemble.version(Paths.CONTROLLER_EPOCH));
        final int first = controllerId();
        assertEquals(first, brokers.get(2).controller.controllerId());
        assertEquals(1, activeCount());

        kill(first);
        run();
        assertEquals(2, ensemble.version(Paths.CONTROLLER_EPOCH));
        assertEquals(1, activeCount());
        assertTrue(first != controllerId());
    }

    @Test
    public void shouldRemoveWhatAFormerControllerLeft()
    {
        start(1, 2, 3);
        create("kept", 1, 3, 2);
        final byte[] state = ensemble.value(Paths.state(1, 0));
        ensemble.change(
            Operation.create(Paths.states(77), new byte[0]),
            Operation.create(Paths.state(77, 0), state),
            Operation.create(Paths.states(78), new byte[0]));
        // The controller that is there may just be making it.
        settle();
        assertNotNull(ensemble.value(Paths.state(77, 0)));

        kill(controllerId());
        run();
        assertEquals(List.of(), ensemble.state(77, 0).replicas());
        assertEquals(NONE, ensemble.state(77, 0).leader());
        settle();
        assertNull(ensemble.value(Paths.states(77)));
        assertNull(ensemble.value(Paths.states(78)));
        assertNotNull(ensemble.value(Paths.state(1, 0)));
    }

    @Test
    public void shouldNotLetAFormerControllerWrite()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 3, 2);
        final int former = controllerId();
        final Broker zombie = brokers.remove(former);

        // Its session ends unseen; it goes on believing until it hears of it.
        zombie.client.suspend();
        zombie.client.expire();
        run();
        assertEquals(1, activeCount());
        assertTrue(zombie.controller.isActive());
        final String before = ensemble.state(topicId, 0).toString();
        zombie.client.resume();
        final Answer answer = new Answer();
        zombie.controller.createTopic(topic("b", 1, 3, 2), answer);
        for (int i = 0; i < 300; i++)
        {
            nowNs += STEP_NS;
            zombie.step();
        }
        assertEquals(ResultCode.NOT_CONTROLLER, answer.refusal);
        assertFalse(zombie.controller.isActive());
        assertNull(ensemble.value(Paths.topic("b")));
        assertEquals(before, ensemble.state(topicId, 0).toString());
    }

    @Test
    public void shouldFenceAFormerControllerInItsOwnSession()
    {
        start(1, 2, 3);
        create("a", 1, 3, 2);
        final Broker former = brokers.get(controllerId());
        final int formerId = controllerId();

        // Its node is gone, by hand or by a defect, and another one claimed before the hint reached it.
        ensemble.change(Operation.delete(Paths.CONTROLLER, Coordination.ANY_VERSION));
        for (int i = 0; i < 300; i++)
        {
            nowNs += STEP_NS;
            brokers.forEach((id, broker) ->
            {
                if (id != formerId)
                {
                    broker.step();
                }
            });
        }
        final Answer answer = new Answer();
        former.controller.createTopic(topic("b", 1, 3, 2), answer);
        run();
        assertNotNull(answer.refusal);
        assertNull(ensemble.value(Paths.topic("b")));
        assertEquals(1, activeCount());
        assertTrue(formerId != controllerId());
        assertEquals(2, ensemble.version(Paths.CONTROLLER_EPOCH));
    }

    @Test
    public void shouldLeaveAStateAloneThatALaterControllerWrote()
    {
        start(1, 2, 3);
        final long topicId = create("a", 1, 3, 2);
        final String path = Paths.state(topicId, 0);
        final PartitionState of = ensemble.state(topicId, 0);
        final PartitionState later = new PartitionState(
            of.leader(), of.leaderBrokerEpoch(), of.leaderEpoch(), of.minIsr(), of.lastUncleanEpoch(),
            of.controllerEpoch() + 1, of.resigned(), of.groupFsync(), of.uncleanElection(), of.recovering(),
            of.replicas(), of.adding(), of.removing(), of.isr(), of.elr(), of.lastKnownElr());
        ensemble.change(Operation.set(path, NodeValues.encodeState(later), ensemble.version(path)));
        run();

        // It would have to leave the in-sync replicas, which is the later controller's to see to.
        kill(brokers.keySet().stream().filter((id) -> id != controllerId()).findFirst().orElseThrow());
        run();
        assertEquals(later, ensemble.state(topicId, 0));
        brokers.forEach((id, broker) -> assertEquals(List.of(), broker.errors));
    }
}
