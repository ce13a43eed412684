// The step on to the record's sign-in is a form; nobody needs to press its button.
document.querySelector('form').submit();
