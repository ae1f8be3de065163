package io.epona.engine.cluster;

import io.epona.engine.cluster.Caller.Answer;
import io.epona.engine.cluster.Caller.Change;
import io.epona.engine.cluster.Caller.Node;
import io.epona.engine.cluster.Coordination.Status;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static io.epona.engine.cluster.Caller.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What every {@link Coordination} does, whatever stands behind it.
 */
public abstract class CoordinationContract
{
    private static final Change ONE_CREATED = new Change(Status.OK, -1, List.of(0));

    private Caller caller;

    /**
     * @return a coordination with an empty tree.
     */
    protected abstract Coordination open() throws Exception;

    @BeforeEach
    final void connect() throws Exception
    {
        caller = new Caller(open());
        caller.await(() -> caller.heard("connected " + Long.toHexString(caller.coordination().sessionId())));
    }

    @AfterEach
    final void disconnect()
    {
        caller.coordination().close();
    }

    @Test
    void shouldCountTheVersionsOfANode()
    {
        assertEquals(ONE_CREATED, caller.change(Operation.create("/a", bytes("zero"))));
        assertEquals(new Node(Status.OK, "zero", 0, 0), caller.read("/a"));
        assertEquals(new Change(Status.OK, -1, List.of(1)), caller.change(Operation.set("/a", bytes("one"), 0)));
        assertEquals(
            new Change(Status.OK, -1, List.of(2)),
            caller.change(Operation.set("/a", bytes("two"), Coordination.ANY_VERSION)));
        assertEquals(new Node(Status.OK, "two", 2, 0), caller.read("/a"));
        assertEquals(new Change(Status.OK, -1, List.of(-1)), caller.change(Operation.delete("/a", 2)));
        assertEquals(Status.NO_NODE, caller.read("/a").status());
        assertEquals(ONE_CREATED, caller.change(Operation.create("/a", bytes(""))));
        assertEquals(new Node(Status.OK, "", 0, 0), caller.read("/a"));
    }

    @Test
    void shouldRefuseWhatDoesNotFitTheTree()
    {
        caller.change(Operation.create("/a", bytes("a")), Operation.create("/a/b", bytes("b")));

        assertRefused(Status.NODE_EXISTS, Operation.create("/a", bytes("again")));
        assertRefused(Status.NO_NODE, Operation.create("/x/y", bytes("orphan")));
        assertRefused(Status.NO_NODE, Operation.set("/x", bytes("x"), Coordination.ANY_VERSION));
        assertRefused(Status.NO_NODE, Operation.delete("/x", Coordination.ANY_VERSION));
        assertRefused(Status.NO_NODE, Operation.check("/x", Coordination.ANY_VERSION));
        assertRefused(Status.BAD_VERSION, Operation.set("/a", bytes("x"), 1));
        assertRefused(Status.BAD_VERSION, Operation.delete("/a/b", 1));
        assertRefused(Status.BAD_VERSION, Operation.check("/a", 1));
        assertRefused(Status.NOT_EMPTY, Operation.delete("/a", 0));
        assertEquals(new Node(Status.OK, "a", 0, 0), caller.read("/a"));
    }

    @Test
    void shouldMakeAllOperationsOrNone()
    {
        caller.change(Operation.create("/epoch", bytes("7")), Operation.create("/state", bytes("s")));

        assertEquals(
            new Change(Status.OK, -1, List.of(0, 1, 0, -1)),
            caller.change(
                Operation.check("/epoch", 0),
                Operation.set("/state", bytes("t"), 0),
                Operation.create("/new", bytes("n")),
                Operation.delete("/epoch", 0)));

        assertEquals(
            new Change(Status.BAD_VERSION, 2, List.of()),
            caller.change(
                Operation.create("/other", bytes("o")),
                Operation.set("/state", bytes("u"), 1),
                Operation.check("/new", 5),
                Operation.create("/new", bytes("refused as well"))));
        assertEquals(Status.NO_NODE, caller.read("/other").status());
        assertEquals(new Node(Status.OK, "t", 1, 0), caller.read("/state"));
    }

    @Test
    void shouldLetAnOperationSeeThoseBeforeIt()
    {
        assertEquals(
            new Change(Status.OK, -1, List.of(0, 0, 1, 1, -1)),
            caller.change(
                Operation.create("/a", bytes("")),
                Operation.create("/a/b", bytes("")),
                Operation.set("/a", bytes("one"), 0),
                Operation.check("/a", 1),
                Operation.delete("/a/b", 0)));
        assertEquals(List.of(), caller.children("/a"));
    }

    @Test
    void shouldListChildrenInOrder()
    {
        caller.change(Operation.create("/p", bytes("")));
        for (final String name : List.of("b", "10", "a", "9"))
        {
            caller.change(Operation.create("/p/" + name, bytes("")));
        }
        caller.change(Operation.create("/p/a/below", bytes("")), Operation.create("/pp", bytes("")));

        assertEquals(List.of("10", "9", "a", "b"), caller.children("/p"));
        assertEquals(Status.NO_NODE, caller.children("/q"));
    }

    @Test
    void shouldNameTheOwnerOfAnEphemeralNode()
    {
        final long sessionId = caller.coordination().sessionId();
        assertNotEquals(0, sessionId);
        assertEquals(ONE_CREATED, caller.change(Operation.createEphemeral("/e", bytes("here"))));
        assertEquals(new Node(Status.OK, "here", 0, sessionId), caller.read("/e"));
        assertRefused(Status.NO_NODE, Operation.create("/e/child", bytes("")));
    }

    @Test
    void shouldCompleteInTheOrderOfTheCallsAndOnlyInPoll()
    {
        caller.events().clear();
        final Answer<Change> first = caller.begin(Operation.create("/a", bytes("a")));
        caller.begin(Operation.create("/a", bytes("again")));
        final Answer<Node> read = caller.beginRead("/a");
        caller.begin(Operation.delete("/a", 9));
        final Answer<Node> last = caller.beginRead("/none");
        assertEquals(List.of(), caller.events());

        caller.await(() -> last.count() > 0);
        assertEquals(
            List.of("change OK", "change NODE_EXISTS", "read OK", "change BAD_VERSION", "read NO_NODE"),
            caller.events());
        assertEquals(1, first.count());
        assertEquals("a", read.value().value());
        assertEquals(0, caller.coordination().poll());
    }

    @Test
    void shouldTakeCallsFromHandlers()
    {
        final List<Status> statuses = new ArrayList<>();
        caller.coordination().create("/a", bytes(""), (status, failedIndex, versions) ->
        {
            statuses.add(status);
            caller.coordination().set("/a", bytes("x"), versions[0], (next, index, after) -> statuses.add(next));
        });
        caller.await(() -> 2 == statuses.size());
        assertEquals(List.of(Status.OK, Status.OK), statuses);
    }

    @Test
    void shouldHintAtEveryChangeUnderAWatch()
    {
        final List<String> hints = new ArrayList<>();
        caller.coordination().watch("/w", hints::add);
        caller.change(Operation.create("/w", bytes("")));
        caller.change(Operation.create("/w/a", bytes("")));
        caller.change(Operation.create("/ww", bytes("")));
        caller.change(Operation.set("/w/a", bytes("x"), 0));
        caller.change(Operation.create("/w/a/b", bytes("")));
        caller.change(Operation.delete("/w/a/b", 0));
        caller.change(Operation.check("/w", 0));

        caller.await(() -> hints.size() >= 5);
        assertEquals(List.of("/w", "/w/a", "/w/a", "/w/a/b", "/w/a/b"), hints);
    }

    @Test
    void shouldHintAtAChangeBeforeAReadShowsIt()
    {
        final List<String> order = new ArrayList<>();
        caller.change(Operation.create("/w", bytes("")));
        caller.coordination().watch("/w", (path) -> order.add("hint"));
        caller.begin(Operation.set("/w", bytes("new"), 0));
        caller.coordination().read("/w", (status, value, version, owner) -> order.add("v" + version));
        caller.await(() -> 2 == order.size());
        assertEquals(List.of("hint", "v1"), order);
    }

    @Test
    void shouldTellALateListenerOfTheSession()
    {
        final Caller late = new Caller(caller.coordination());
        assertEquals(List.of(), late.events());
        late.await(() -> !late.events().isEmpty());
        assertEquals(List.of("connected " + Long.toHexString(caller.coordination().sessionId())), late.events());
    }

    @Test
    void shouldNotCompleteWhatIsUnderWayAtClose()
    {
        final Answer<Change> change = caller.begin(Operation.create("/a", bytes("")));
        caller.coordination().close();
        caller.coordination().close();

        assertEquals(0, caller.coordination().poll());
        assertEquals(0, caller.coordination().sessionId());
        assertEquals(0, change.count());
    }

    @Test
    void shouldGoOnBehindAHandlerThatThrows()
    {
        final IllegalStateException thrown = new IllegalStateException("by the handler");
        caller.coordination().read("/a", (status, value, version, owner) ->
        {
            throw thrown;
        });
        final Answer<Node> next = caller.beginRead("/b");

        final List<Exception> caught = new ArrayList<>();
        caller.await(() ->
        {
            try
            {
                caller.coordination().poll();
            }
            catch (final IllegalStateException ex)
            {
                caught.add(ex);
            }
            return next.count() > 0;
        });
        assertEquals(List.of(thrown), caught);
        assertTrue(next.count() == 1 && Status.NO_NODE == next.value().status());
        assertFalse(caller.heard("expired"));
    }

    private void assertRefused(final Status status, final Operation operation)
    {
        assertEquals(new Change(status, 0, List.of()), caller.change(operation));
    }
}
