package no.marg.ehr;

import java.util.List;
import org.hl7.fhir.r4.model.Resource;

/** What asking a server one query came to. */
public sealed interface Reading {

  /**
   * Everything the query asks for; empty when the server holds nothing.
   *
   * @param resources in the server's order, over all pages
   */
  record Complete(List<Resource> resources) implements Reading {
    /** Keeps its own list. */
    public Complete {
      resources = List.copyOf(resources);
    }
  }

  /**
   * Some of it: a later page could not be read, or the server said that it holds something back.
   * What is not here is unknown, not absent.
   */
  record Partial(List<Resource> resources, Reason reason) implements Reading {
    /** Keeps its own list. */
    public Partial {
      resources = List.copyOf(resources);
    }
  }

  /** Nothing could be read. */
  record NotRead(Reason reason) implements Reading {}

  /** What was read, in any case. */
  default List<Resource> found() {
    if (this instanceof Complete complete) {
      return complete.resources();
    }
    return this instanceof Partial partial ? partial.resources() : List.of();
  }

  /** Why something was not read. */
  enum Reason {
    /** No answer within the time given. */
    TIME,
    /** No connection. */
    UNREACHABLE,
    /** 401: the token is not, or no longer, accepted. */
    TOKEN_REFUSED,
    /** 403: this is not allowed with the token. */
    DENIED,
    /** 404 or 410. */
    NOT_FOUND,
    /** Any other refusal of the request, or an OperationOutcome instead of data. */
    REFUSED,
    /** 5xx. */
    FAILED,
    /** The server points elsewhere; redirects are not followed, for they carry the token away. */
    REDIRECTED,
    /** The next page is on another server; it is not asked, for it would get the token. */
    FOREIGN_PAGE,
    /** More pages than are read, or pages in a circle. */
    PAGES,
    /** More bytes than are read. */
    SIZE,
    /** Not FHIR R4 JSON, or not what was asked for. */
    NOT_FHIR,
    /** Too many patients are being read at this moment. */
    BUSY
  }
}
