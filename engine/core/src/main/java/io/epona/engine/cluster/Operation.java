package io.epona.engine.cluster;

/**
 * One change or check of a {@link Coordination#multi multi}. Immutable as long as nobody changes the value.
 */
public final class Operation
{
    private static final byte[] NO_VALUE = new byte[0];

    /** What an operation does. */
    public enum Kind
    {
        /** Create a persistent node. */
        CREATE,
        /** Create a node that lives with the session. */
        CREATE_EPHEMERAL,
        /** Replace the value of a node. */
        SET,
        /** Delete a node. */
        DELETE,
        /** Change nothing, but fail the whole where the version differs. */
        CHECK
    }

    private final Kind kind;
    private final String path;
    private final byte[] value;
    private final int expectedVersion;

    private Operation(final Kind kind, final String path, final byte[] value, final int expectedVersion)
    {
        this.kind = kind;
        this.path = Paths.requireValid(path);
        this.value = value;
        this.expectedVersion = expectedVersion;
    }

    /**
     * Create a persistent node.
     *
     * @param path  of the node.
     * @param value of the node.
     * @return the operation.
     */
    public static Operation create(final String path, final byte[] value)
    {
        return new Operation(Kind.CREATE, path, value, Coordination.ANY_VERSION);
    }

    /**
     * Create a node that lives as long as the session.
     *
     * @param path  of the node.
     * @param value of the node.
     * @return the operation.
     */
    public static Operation createEphemeral(final String path, final byte[] value)
    {
        return new Operation(Kind.CREATE_EPHEMERAL, path, value, Coordination.ANY_VERSION);
    }

    /**
     * Replace the value of a node.
     *
     * @param path            of the node.
     * @param value           to set.
     * @param expectedVersion that the node must have, or {@link Coordination#ANY_VERSION}.
     * @return the operation.
     */
    public static Operation set(final String path, final byte[] value, final int expectedVersion)
    {
        return new Operation(Kind.SET, path, value, expectedVersion);
    }

    /**
     * Delete a node.
     *
     * @param path            of the node.
     * @param expectedVersion that the node must have, or {@link Coordination#ANY_VERSION}.
     * @return the operation.
     */
    public static Operation delete(final String path, final int expectedVersion)
    {
        return new Operation(Kind.DELETE, path, NO_VALUE, expectedVersion);
    }

    /**
     * Require a node to have a version.
     *
     * @param path            of the node.
     * @param expectedVersion that the node must have, or {@link Coordination#ANY_VERSION} where it only must exist.
     * @return the operation.
     */
    public static Operation check(final String path, final int expectedVersion)
    {
        return new Operation(Kind.CHECK, path, NO_VALUE, expectedVersion);
    }

    /**
     * @return what the operation does.
     */
    public Kind kind()
    {
        return kind;
    }

    /**
     * @return path of the node.
     */
    public String path()
    {
        return path;
    }

    /**
     * @return value to store; empty where the operation stores none.
     */
    public byte[] value()
    {
        return value;
    }

    /**
     * @return version that the node must have.
     */
    public int expectedVersion()
    {
        return expectedVersion;
    }

    @Override
    public String toString()
    {
        return kind + " " + path + " v" + expectedVersion;
    }
}
